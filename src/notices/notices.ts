/**
 * Tells operators what they should know without asking, on the notices topic and at a URL.
 *
 * Whoever reports something to it never waits and never fails. Many reports of one kind become a few notices with a
 * count. Notices never cause notices. The caller decides who reports a change of state: of several processes, it is the
 * one whose statement changed the row.
 */
import type { ErrorCode } from '../model/attempt.ts';
import type { EventSource } from '../model/event.ts';
import type { Metrics } from '../metrics/metrics.ts';
import {
  deadLetterPlace,
  deadLetters,
  deliveryExhausted,
  exhaustedDelivery,
  webhookDisabled,
  webhookFailing,
  webhookRecovered,
  type DeadLetterPlace,
  type ExhaustedDelivery,
  type Notice,
  type NoticedWebhook,
} from './notice.ts';
import { NoticeChannel, type Way } from './notice-channel.ts';
import { Sums, type SumClock } from './sums.ts';

/** In this time there is at most one notice per webhook, and one for dead letters. */
const INTERVAL_MS = 60_000;
const LOOK_MS = 1_000;

/** A delivery that was given up, as its last attempt left it. */
export interface GivenUp {
  readonly deliveryId: string;
  readonly event: { readonly id: string; readonly type: string };
  readonly attempts: number;
  readonly statusCode: number | null;
  readonly errorCode: ErrorCode | null;
}

export class Notices {
  readonly #channels: readonly NoticeChannel[];
  readonly #exhausted: Sums<ExhaustedDelivery>;
  readonly #deadLetters: Sums<DeadLetterPlace>;
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly ways: readonly Way[],
    private readonly metrics: Pick<Metrics, 'notices' | 'noticesWaiting'>,
    private readonly clock: SumClock,
    intervalMs = INTERVAL_MS,
  ) {
    this.#channels = ways.map((way) => new NoticeChannel(way, metrics));
    this.#exhausted = new Sums(intervalMs, clock);
    this.#deadLetters = new Sums(intervalMs, clock);
  }

  /** Whether anybody is told. */
  get on(): boolean {
    return this.ways.length > 0;
  }

  start(): void {
    if (!this.on) return;
    this.#timer = setInterval(() => {
      this.endIntervals();
    }, LOOK_MS);
  }

  webhookFailing(webhook: NoticedWebhook, since: Date): void {
    this.#say(webhookFailing(webhook, since, this.clock.now()));
  }

  webhookRecovered(webhook: NoticedWebhook, since: Date): void {
    this.#say(webhookRecovered(webhook, since, this.clock.now()));
  }

  webhookDisabled(webhook: NoticedWebhook, reason: string, at: Date): void {
    this.#say(webhookDisabled(webhook, reason, at, this.clock.now()));
  }

  deliveryExhausted(webhook: NoticedWebhook, { deliveryId, event, ...last }: GivenUp): void {
    if (!this.on) return;
    const item = exhaustedDelivery({
      delivery_id: deliveryId,
      event_id: event.id,
      event_type: event.type,
      attempts: last.attempts,
      status_code: last.statusCode,
      error_code: last.errorCode,
    });
    const taken = this.#exhausted.add(webhook.id, item, (sum) => {
      this.#say(deliveryExhausted(webhook, sum, this.clock.now()));
    });
    if (!taken) this.#leaveOut();
  }

  deadLetter(source: EventSource, reason: string): void {
    if (!this.on) return;
    this.#deadLetters.add(source.topic, deadLetterPlace(source, reason), (sum) => {
      this.#say(deadLetters(sum, this.clock.now()));
    });
  }

  /** Sends the sums of the intervals that have ended. */
  endIntervals(all = false): void {
    this.#exhausted.endIntervals(all);
    this.#deadLetters.endIntervals(all);
  }

  /** Sends what is left, if possible. */
  async close(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    this.endIntervals(true);
    await Promise.all(this.#channels.map((channel) => channel.close()));
  }

  #say(notice: Notice): void {
    for (const channel of this.#channels) channel.offer(notice);
  }

  /** Too many webhooks at once: the notice is dropped. */
  #leaveOut(): void {
    for (const { to } of this.ways) this.metrics.notices.of(to, 'dropped').add();
  }
}
