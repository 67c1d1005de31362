/**
 * Keeps the health of webhooks up to date from their attempts, and disables a webhook that is gone or only fails. It does
 * not write for every attempt. A failure is noted once per webhook and interval. A success is noted only if the webhook
 * was failing. If a write fails, a later attempt writes it again.
 */
import { Injectable, Logger } from '@nestjs/common';
import type { NextStep } from '../retries/next-step.ts';
import { WebhookHealthService } from '../webhooks/webhook-health.service.ts';
import type { EndedAttempt } from './attempt-runner.ts';
import { ThrottledWarning } from '../logging/throttled-warning.ts';

const INTERVAL_MS = 2_000;

@Injectable()
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

  constructor(private readonly health: WebhookHealthService) {}

  start(): void {
    this.#timer = setInterval(() => {
      // While PostgreSQL hangs, no failure is noted a second time. Otherwise the queue of writes would grow.
      if (this.#loading) return;
      this.#loading = true;
      this.#notedOfLate.clear();
      void this.#write(async () => {
        this.#failing = await this.health.failing();
      }).then(() => {
        this.#loading = false;
      });
    }, INTERVAL_MS);
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  note({ webhook: { id, url }, verdict }: EndedAttempt, step: NextStep): void {
    if (verdict.delivered) {
      this.#notedOfLate.delete(id);
      if (this.#failing.delete(id)) void this.#write(() => this.health.noteSuccess(id));
      return;
    }
    if (!this.#notedOfLate.has(id)) {
      this.#notedOfLate.add(id);
      this.#failing.add(id);
      void this.#write(() => this.health.noteFailure(id));
    }
    if (step.kind !== 'exhausted') return;
    void this.#write(() =>
      step.gone
        ? this.health.disable(id, url, 'The receiver answered 410 Gone')
        : this.health.disableIfOnlyFailing(id),
    );
  }

  /** Writes one after another, so that a failure never overtakes a later success. */
  #write(write: () => Promise<void>): Promise<void> {
    this.#writes = this.#writes.then(write).catch((error: unknown) => {
      this.#unnoted.say(error);
    });
    return this.#writes;
  }
}
