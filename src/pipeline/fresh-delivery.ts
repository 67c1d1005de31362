/**
 * One event for one webhook, from its lane to its end. Until it is delivered it is tried again in place, a few seconds
 * apart, and holds its event's offset; it ends early when its webhook is deleted or disabled, or its partition is lost.
 */
import type { LaneWork } from '../delivery/lanes.ts';
import type { ReceivedEvent } from '../intake/received-event.ts';
import type { Webhook } from '../model/webhook.ts';
import type { AttemptRunner, FinishedAttempt } from './attempt-runner.ts';

/** What a delivery needs of the stages. */
export interface DeliveryStages {
  readonly attempts: AttemptRunner;
  /** The webhook as it is now, or null when nothing may be sent to it any more. */
  currentWebhook(webhookId: string): Webhook | null;
  publish(
    attempt: ReturnType<AttemptRunner['record']>,
    received: ReceivedEvent,
    acknowledged: () => void,
  ): void;
  /** Milliseconds until the next attempt. */
  retryDelayMs(): number;
}

export class FreshDelivery implements LaneWork {
  readonly laneId: string;
  readonly orderKey: string | null;
  readonly laneLimit: number;
  #attempts = 0;

  constructor(
    private readonly stages: DeliveryStages,
    private readonly received: ReceivedEvent,
    webhook: Webhook,
    defaultLaneLimit: number,
    /** Called once, when nothing of it is left to do. */
    private readonly finished: () => void,
  ) {
    this.laneId = webhook.id;
    this.orderKey = webhook.ordering === 'per_user' ? received.event.orderKey : null;
    this.laneLimit = webhook.maxInFlight ?? defaultLaneLimit;
  }

  run(settled: (againInMs: number | null) => void): void {
    const webhook = this.received.revoked ? null : this.stages.currentWebhook(this.laneId);
    if (!webhook) {
      this.finished();
      settled(null);
      return;
    }
    this.#attempts += 1;
    const order = {
      event: this.received.event,
      webhook,
      number: this.#attempts,
      reason: this.#attempts === 1 ? 'event' : 'retry',
    } as const;
    this.stages.attempts.run(order, (attempt) => {
      settled(this.#conclude(attempt));
    });
  }

  /** @returns milliseconds until the next attempt, or null when there is none. */
  #conclude(attempt: FinishedAttempt): number | null {
    if (attempt.verdict.delivered) {
      this.stages.publish(
        this.stages.attempts.record(attempt, 'delivered', null),
        this.received,
        this.finished,
      );
      return null;
    }
    const delayMs = this.stages.retryDelayMs();
    const record = this.stages.attempts.record(attempt, 'failed', Date.now() + delayMs);
    this.stages.publish(record, this.received, () => undefined);
    return delayMs;
  }
}
