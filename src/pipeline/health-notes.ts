/**
 * Keeps the health of webhooks up to date from their attempts, and disables a webhook that is gone or only fails. It does
 * not write for every attempt. A failure is noted once per webhook and interval. A success is noted only if the webhook
 * was failing. If a write fails, a later attempt writes it again.
 *
 * Where a note changes the state of a webhook, operators are told: by the process whose statement changed it.
 */
import { Logger } from '@nestjs/common';
import type { Verdict } from '../model/attempt.ts';
import type { EventToDeliver } from '../model/event.ts';
import type { Webhook } from '../model/webhook.ts';
import type { NextStep } from '../retries/next-step.ts';
import type { Notices } from '../notices/notices.ts';
import type { DisabledWebhook, WebhookHealthService } from '../webhooks/webhook-health.service.ts';
import { ThrottledWarning } from '../logging/throttled-warning.ts';

const INTERVAL_MS = 2_000;

/** What is noted of an attempt. */
export interface NotedAttempt {
  readonly webhook: Pick<Webhook, 'id' | 'url'>;
  readonly delivery: { readonly id: string; readonly event: Pick<EventToDeliver, 'id' | 'type'> };
  readonly number: number;
  readonly verdict: Pick<Verdict, 'delivered' | 'statusCode' | 'errorCode'>;
}

export class HealthNotes {
  readonly #unnoted = new ThrottledWarning(
    new Logger(HealthNotes.name),
    'the health of a webhook could not be noted',
  );
  /** Webhooks that fail, by what this process has seen and by the table. */
  #failing = new Set<string>();
  /** Webhooks whose failure was noted in this interval. */
  readonly #notedOfLate = new Set<string>();
  #loading = false;
  #timer: NodeJS.Timeout | null = null;
  #writes: Promise<void> = Promise.resolve();

  /** @param tellAfterMs for how long a webhook must have failed before operators are told. */
  constructor(
    private readonly health: Pick<
      WebhookHealthService,
      'failing' | 'noteFailure' | 'noteSuccess' | 'tellFailing' | 'disable' | 'disableIfOnlyFailing'
    >,
    private readonly notices: Pick<
      Notices,
      'on' | 'webhookFailing' | 'webhookRecovered' | 'webhookDisabled' | 'deliveryExhausted'
    >,
    private readonly tellAfterMs: number,
  ) {}

  start(): void {
    this.#timer = setInterval(() => {
      // While PostgreSQL hangs, no failure is noted a second time. Otherwise the queue of writes would grow.
      if (this.#loading) return;
      this.#loading = true;
      this.#notedOfLate.clear();
      void this.#write(async () => {
        this.#failing = await this.health.failing();
        if (this.#failing.size > 0) await this.#tellFailing();
      }).then(() => {
        this.#loading = false;
      });
    }, INTERVAL_MS);
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  note(ended: NotedAttempt, step: NextStep): void {
    const { webhook, verdict } = ended;
    const { id, url } = webhook;
    if (verdict.delivered) {
      this.#notedOfLate.delete(id);
      if (this.#failing.delete(id)) void this.#write(() => this.#noteSuccess(id));
      return;
    }
    if (!this.#notedOfLate.has(id)) {
      this.#notedOfLate.add(id);
      this.#failing.add(id);
      void this.#write(() => this.health.noteFailure(id));
    }
    if (step.kind !== 'exhausted') return;
    this.#tellExhausted(ended);
    void this.#write(async () => {
      this.#tellDisabled(
        await (step.gone
          ? this.health.disable(id, url, 'The receiver answered 410 Gone')
          : this.health.disableIfOnlyFailing(id)),
      );
    });
  }

  async #noteSuccess(id: string): Promise<void> {
    for (const webhook of await this.health.noteSuccess(id))
      this.notices.webhookRecovered(webhook, webhook.failing_since);
  }

  async #tellFailing(): Promise<void> {
    if (!this.notices.on) return;
    for (const webhook of await this.health.tellFailing(this.tellAfterMs))
      this.notices.webhookFailing(webhook, webhook.failing_since);
  }

  #tellExhausted({ webhook, delivery, number, verdict }: NotedAttempt): void {
    this.notices.deliveryExhausted(webhook, {
      deliveryId: delivery.id,
      event: delivery.event,
      attempts: number,
      statusCode: verdict.statusCode,
      errorCode: verdict.errorCode,
    });
  }

  #tellDisabled(disabled: readonly DisabledWebhook[]): void {
    for (const webhook of disabled)
      this.notices.webhookDisabled(webhook, webhook.disabled_reason, webhook.disabled_at);
  }

  /** Writes one after another, so that a failure never overtakes a later success. */
  #write(write: () => Promise<void>): Promise<void> {
    this.#writes = this.#writes.then(write).catch((error: unknown) => {
      this.#unnoted.say(error);
    });
    return this.#writes;
  }
}
