/**
 * One event for one webhook, on its way through a lane: one attempt, and what follows from it.
 *
 * Two kinds differ in what holds them. A *fresh* delivery is held by its event's offset: it is finished when it is
 * delivered, or stored. A *stored* one is held by its row: its end is written to the row. A fresh one becomes stored
 * when its attempt fails, when its lane cannot take it, or while its request is under way, so that others can be
 * stored behind it. Whatever an attempt leads to, its record is acknowledged by the results topic first.
 */
import type { LaneWork, Settled } from '../lanes/lane-work.ts';
import type { ReceivedEvent } from '../intake/received-event.ts';
import { nextStep, type NextStep } from '../retries/next-step.ts';
import type { StoredDelivery } from '../retries/stored-delivery.ts';
import type { EndedAttempt } from './attempt-runner.ts';
import type { DeliveryStages } from './delivery-stages.ts';

export class Delivery implements LaneWork {
  readonly laneId: string;
  readonly orderKey: string | null;
  #stored: boolean;

  /**
   * @param received the event of a fresh delivery; null for one that comes out of its row.
   * @param finished called once: nothing of it is left to do for the caller.
   */
  constructor(
    private readonly stages: DeliveryStages,
    private readonly delivery: StoredDelivery,
    private readonly received: ReceivedEvent | null,
    private readonly finished: () => void,
  ) {
    this.laneId = delivery.webhookId;
    // Of the rows of one user the table hands out one at a time; a fresh delivery must never queue behind one of them.
    this.orderKey = received === null ? null : delivery.orderKey;
    this.#stored = received === null;
  }

  get retry(): boolean {
    return this.received === null;
  }

  run(settled: (how: Settled) => void): void {
    const webhook = this.#lost ? null : this.stages.currentWebhook(this.laneId);
    if (!webhook) {
      // Those behind it must not overtake it, should the webhook be usable by their turn.
      const waits = !this.#lost && this.stages.isEnabled(this.laneId);
      this.divert();
      settled({ then: waits ? 'divert' : 'release', endpoint: null });
      return;
    }
    const number = this.delivery.attempts + 1;
    const reason = number === 1 ? 'event' : 'retry';
    const { deliveryId, event } = this.delivery;
    this.stages.attempts.run({ deliveryId, event, webhook, number, reason }, (ended) => {
      settled(this.#conclude(ended));
    });
  }

  divert(): void {
    if (this.#stored || this.#lost || !this.stages.isEnabled(this.laneId)) this.#giveBack();
    else this.#store('pending', this.delivery.attempts, 0);
  }

  storeWhileUnderWay(): void {
    if (this.#stored || this.#lost) return;
    this.#stored = true;
    this.#store('sending', this.delivery.attempts, 0);
  }

  /** A fresh delivery whose partition belongs to another member, who reads its event again. */
  get #lost(): boolean {
    return this.received?.revoked ?? false;
  }

  #conclude(ended: EndedAttempt): Settled {
    const step = nextStep({ ...ended.verdict, number: ended.number }, this.stages.scheduleMs(ended.webhook), {
      now: Date.now(),
      random: Math.random(),
    });
    this.stages.noteHealth(ended, step);
    switch (step.kind) {
      case 'done':
        this.stages.attempts.publish(ended, 'delivered', null, () => {
          this.#end({ kind: 'delivered' });
        });
        return { then: 'release', endpoint: 'works' };
      case 'again':
        return this.#again(ended, step);
      case 'given up':
        this.stages.attempts.publish(ended, 'exhausted', null, () => {
          if (this.#stored || this.#lost) this.#end({ kind: 'dead', attempts: ended.number });
          else this.#store('dead', ended.number, 0);
        });
        return { then: 'release', endpoint: endpointOf(ended) };
    }
  }

  #again(ended: EndedAttempt, { delayMs }: Extract<NextStep, { kind: 'again' }>): Settled {
    const endpoint = endpointOf(ended);
    if (this.#stored) {
      this.stages.attempts.publish(ended, 'failed', delayMs, () => {
        this.#end({ kind: 'again', attempts: ended.number, delayMs });
      });
      return { then: 'release', endpoint };
    }
    let open = 2;
    const oneDone = (): void => {
      open -= 1;
      if (open === 0) this.finished();
    };
    this.stages.attempts.publish(ended, 'failed', delayMs, oneDone);
    // What is lost is left to the partition's new owner.
    if (this.#lost) oneDone();
    else this.#store('pending', ended.number, delayMs, oneDone);
    return { then: 'divert', endpoint };
  }

  /** Its webhook is deleted or disabled, or its partition lost: a fresh one is dropped, a row is left for later. */
  #giveBack(): void {
    if (this.#stored) this.#end({ kind: 'again', attempts: this.delivery.attempts, delayMs: 0 });
    else this.finished();
  }

  /** The end of a stored delivery is its row's. */
  #end(
    how:
      | { kind: 'delivered' }
      | { kind: 'dead'; attempts: number }
      | { kind: 'again'; attempts: number; delayMs: number },
  ): void {
    if (!this.#stored) {
      this.finished();
      return;
    }
    this.stages.conclude({ deliveryId: this.delivery.deliveryId, ...how }, () => {
      if (this.retry) this.finished();
    });
  }

  #store(as: 'pending' | 'sending' | 'dead', attempts: number, delayMs: number, done = this.finished): void {
    this.stages.store({ delivery: { ...this.delivery, attempts }, as, delayMs }, done);
  }
}

/** A fault of the endpoint itself is no answer or a 5xx; any other answer is about this one request. */
function endpointOf({ verdict }: EndedAttempt): 'works' | 'fails' | null {
  if (verdict.delivered) return 'works';
  return verdict.statusCode === null || verdict.statusCode >= 500 ? 'fails' : 'works';
}
