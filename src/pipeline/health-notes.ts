/**
 * Turns attempts into what is known of a webhook's health, without a write per attempt: failures are noted once per
 * interval and webhook, successes only of webhooks that were failing. A note that fails is written by the next attempt.
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
  /** Webhooks known to be failing, here or in the table. */
  #failing = new Set<string>();
  /** Failures noted since the last interval began. */
  readonly #notedOfLate = new Set<string>();
  #loading = false;
  #timer: NodeJS.Timeout | null = null;
  #writes: Promise<void> = Promise.resolve();

  constructor(private readonly health: WebhookHealthService) {}

  start(): void {
    this.#timer = setInterval(() => {
      // While PostgreSQL hangs no webhook's failures are noted again: what waits for it must not grow.
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

  /** One after another: a success that is noted after a failure must not be overtaken by it. */
  #write(write: () => Promise<void>): Promise<void> {
    this.#writes = this.#writes.then(write).catch((error: unknown) => {
      this.#unnoted.say(error);
    });
    return this.#writes;
  }
}
