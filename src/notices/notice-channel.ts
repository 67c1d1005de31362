/**
 * One way for notices to leave: the topic or the URL. Notices wait in a short queue and are sent one after another.
 * Nobody else waits for them. When the queue is full, the oldest is dropped. Where tries are limited, a notice is dropped
 * after the last one.
 *
 * A channel logs once that it fails, and once that it works again. Its failure never makes a notice.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { Metrics } from '../metrics/metrics.ts';
import type { Notice } from './notice.ts';

const WAITING_AT_MOST = 1_000;

export interface Way {
  readonly to: 'topic' | 'url';
  /** Where it leads, for the log. */
  readonly place: string;
  /** The pauses after failed tries. The last one repeats, if `tries` allows more. */
  readonly delaysMs: readonly number[];
  readonly tries: number;
  send(notice: Notice): Promise<void>;
  close?(): Promise<void>;
  /** What went wrong, without any secret. `hopeless`: this notice would fail for ever. */
  explain(error: unknown): { readonly why: string; readonly hopeless: boolean };
}

export class NoticeChannel {
  readonly #logger = new Logger(NoticeChannel.name);
  readonly #waiting: Notice[] = [];
  readonly #ending = new AbortController();
  #sending: Promise<void> | null = null;
  #fails = false;
  /** How many were dropped since it fails. */
  #dropped = 0;

  constructor(
    private readonly way: Way,
    private readonly metrics: Pick<Metrics, 'notices' | 'noticesWaiting'>,
  ) {
    metrics.notices.beginWith([way.to, 'sent'], [way.to, 'dropped']);
    metrics.noticesWaiting.readFrom(() => [[[way.to], this.#waiting.length + (this.#sending ? 1 : 0)]]);
  }

  /** Returns at once and never throws. */
  offer(notice: Notice): void {
    if (this.#waiting.length >= WAITING_AT_MOST) {
      this.#waiting.shift();
      this.#drop();
    }
    this.#waiting.push(notice);
    this.#sending ??= this.#run();
  }

  /** Sends what waits, if the way works. Failed notices are not tried again. */
  async close(): Promise<void> {
    this.#ending.abort();
    await this.#sending;
    await this.way.close?.();
  }

  async #run(): Promise<void> {
    for (let notice = this.#waiting.shift(); notice; notice = this.#waiting.shift()) {
      if (await this.#deliver(notice)) this.metrics.notices.of(this.way.to, 'sent').add();
      else this.#drop();
    }
    this.#sending = null;
  }

  async #deliver(notice: Notice): Promise<boolean> {
    const { tries, delaysMs } = this.way;
    for (let failed = 0; failed < tries && !(this.#fails && this.#ended); failed += 1) {
      if (failed > 0) await this.#pause(delaysMs[Math.min(failed, delaysMs.length) - 1] ?? 0);
      try {
        await this.way.send(notice);
        this.#works();
        return true;
      } catch (error) {
        const { why, hopeless } = this.way.explain(error);
        this.#failed(why);
        if (hopeless) return false;
      }
    }
    return false;
  }

  get #ended(): boolean {
    return this.#ending.signal.aborted;
  }

  async #pause(ms: number): Promise<void> {
    const { signal } = this.#ending;
    await pause(ms, null, { signal, ref: false }).catch(() => null);
  }

  #works(): void {
    if (!this.#fails) return;
    this.#logger.log({ to: this.way.place, dropped: this.#dropped }, 'notices are sent again');
    this.#fails = false;
    this.#dropped = 0;
  }

  #failed(why: string): void {
    if (this.#fails) return;
    this.#fails = true;
    this.#logger.warn(
      { to: this.way.place, why, keptAtMost: WAITING_AT_MOST },
      'notices cannot be sent; they are tried again and then dropped. Deliveries do not wait for them',
    );
  }

  #drop(): void {
    this.#dropped += 1;
    this.metrics.notices.of(this.way.to, 'dropped').add();
  }
}
