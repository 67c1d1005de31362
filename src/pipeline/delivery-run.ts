/**
 * Runs one delivery through its lane: one attempt, and what follows from it.
 *
 * A *fresh* delivery is held by its event's offset: it is finished when it is delivered, or stored. A *stored* one is held
 * by its row: its end is written to the row. A fresh one becomes stored when its attempt fails, when its lane cannot take
 * it, or while its request is under way, so that others can be stored behind it. A *caught-up* one is held by its cursor,
 * and goes the way of a fresh one; but where its lane cannot take it, the cursor takes it back. Whatever an attempt leads
 * to, it is recorded first.
 */
import type { Diversion, LaneWork, Settled } from '../lanes/lane-work.ts';
import type { MatchingService } from '../matching/matching.service.ts';
import type { Verdict } from '../model/attempt.ts';
import type { Delivery } from '../model/delivery.ts';
import { nextStep, webhookRetryAfterMs, type NextStep } from '../retries/next-step.ts';
import type { RetryWriter } from '../retries/retry-writer.ts';
import type { NewRow } from '../retries/row.ts';
import type { AttemptRunner, Clock, EndedAttempt } from './attempt-runner.ts';
import type { HealthNotes } from './health-notes.ts';

/** What a run needs of the stages. */
export interface Stages {
  readonly attempts: Pick<AttemptRunner, 'run' | 'publish'>;
  readonly matching: Pick<MatchingService, 'find' | 'isEnabled'>;
  readonly retries: Pick<RetryWriter, 'store' | 'finish' | 'forgetGivenUp'>;
  readonly health: Pick<HealthNotes, 'note'>;
  /** Of webhooks that have no schedule of their own; milliseconds between the attempts. */
  readonly scheduleMs: readonly number[];
  readonly clock: Clock;
}

/** Who holds a delivery, and is told when nothing of it is left to do for them. */
export interface Holder {
  /** Its partition belongs to another member, who reads its event again. Never true of a stored delivery. */
  readonly revoked: boolean;
  /** Called once, unless it was taken back. */
  deliveryFinished(): void;
  /** Whether it may have been given up before, and have a row of that. */
  readonly mayBeGivenUp?: boolean;
  /** Takes back what its lane cannot take, to send it later; false: it must be stored. Only a cursor does. */
  takeBack?(): boolean;
}

const DELIVERED: Settled = { then: 'release', endpoint: 'works', retryAfterMs: null };

export class DeliveryRun implements LaneWork {
  readonly laneId: string;
  readonly orderKey: string | null;
  #stored: boolean;

  constructor(
    private readonly stages: Stages,
    readonly delivery: Delivery,
    readonly heldBy: LaneWork['heldBy'],
    private readonly holder: Holder,
  ) {
    this.laneId = delivery.webhookId;
    this.#stored = heldBy === 'row';
    // Of the rows of one user the table hands out one at a time; a fresh delivery must never queue behind one of them.
    this.orderKey = this.#stored ? null : delivery.orderKey;
  }

  run(settled: (how: Settled) => void): void {
    const { matching, attempts } = this.stages;
    const webhook = this.holder.revoked ? null : matching.find(this.laneId);
    if (!webhook) {
      // Those behind it must not overtake it, should the webhook be usable by their turn.
      const waits = !this.holder.revoked && matching.isEnabled(this.laneId);
      const then = this.#waitElsewhere('full') === 'log' ? 'leave' : 'divert';
      settled({ then: waits ? then : 'release', endpoint: null, retryAfterMs: null });
      return;
    }
    attempts.run(this.delivery, webhook, (ended) => {
      settled(this.#settle(ended));
    });
  }

  divert(why: Diversion): void {
    this.#waitElsewhere(why);
  }

  storeWhileUnderWay(): void {
    if (this.#stored || this.holder.revoked) return;
    this.#stored = true;
    this.#store('sending', this.delivery.attempts, 0);
  }

  /** The table has taken it over, before it came into a lane. */
  waitsInTable(): void {
    this.holder.deliveryFinished();
  }

  /** What follows one that was stored must be stored behind it; else a cursor takes back what is not to be sent now. */
  #waitElsewhere(why: Diversion): 'log' | 'table' | 'nowhere' {
    const enabled = this.stages.matching.isEnabled(this.laneId);
    const lost = this.#stored || this.holder.revoked;
    if (!lost && (why === 'full' || !enabled) && this.holder.takeBack?.()) return 'log';
    if (lost || !enabled) {
      this.#giveBack();
      return 'nowhere';
    }
    this.#store('pending', this.delivery.attempts, 0);
    return 'table';
  }

  #settle(ended: EndedAttempt): Settled {
    const { attempts, health, scheduleMs, clock } = this.stages;
    const { verdict, number, webhook } = ended;
    const schedule = webhook.retryScheduleMs ?? scheduleMs;
    const chance = { now: clock.now(), random: clock.random() };
    const step = nextStep(verdict, number - this.delivery.attemptsBefore, schedule, chance);
    health.note(ended, step);
    switch (step.kind) {
      case 'delivered':
        attempts.publish(ended, 'delivered', null, () => {
          if (this.#stored) this.#finishRow({ as: 'delivered' });
          else this.#finishDelivered();
        });
        return DELIVERED;
      case 'retry':
        return { then: this.#retry(ended, step), ...endpointOf(verdict, schedule, chance) };
      case 'exhausted':
        attempts.publish(ended, 'exhausted', null, () => {
          if (this.#stored) this.#finishRow({ as: 'dead', attempts: number });
          else if (this.holder.revoked) this.holder.deliveryFinished();
          else this.#store('dead', number, 0, { ended });
        });
        return { then: 'release', ...endpointOf(verdict, schedule, chance) };
    }
  }

  /** One that had been given up counts as that no more. */
  #finishDelivered(): void {
    const finished = (): void => {
      this.holder.deliveryFinished();
    };
    if (this.holder.mayBeGivenUp === true && !this.holder.revoked)
      this.stages.retries.forgetGivenUp(this.delivery.id, finished);
    else finished();
  }

  #retry(ended: EndedAttempt, { delayMs }: Extract<NextStep, { kind: 'retry' }>): Settled['then'] {
    const { attempts } = this.stages;
    if (this.#stored) {
      attempts.publish(ended, 'failed', delayMs, () => {
        this.#finishRow({ as: 'pending', attempts: ended.number, delayMs });
      });
      return 'release';
    }
    // Recorded and stored, in whichever order.
    let open = 2;
    const oneDone = (): void => {
      open -= 1;
      if (open === 0) this.holder.deliveryFinished();
    };
    attempts.publish(ended, 'failed', delayMs, oneDone);
    // What is lost is left to the partition's new owner.
    if (this.holder.revoked) oneDone();
    else this.#store('pending', ended.number, delayMs, { ended, stored: oneDone });
    return 'divert';
  }

  /** Its webhook is deleted or disabled, or its partition lost: a fresh one is dropped, a row is left for later. */
  #giveBack(): void {
    if (this.#stored) this.#finishRow({ as: 'pending', attempts: this.delivery.attempts, delayMs: 0 });
    else this.holder.deliveryFinished();
  }

  #finishRow(
    end:
      | { as: 'delivered' }
      | { as: 'dead'; attempts: number }
      | { as: 'pending'; attempts: number; delayMs: number },
  ): void {
    this.stages.retries.finish({ deliveryId: this.delivery.id, ...end }, () => {
      // One that was stored while under way is finished for its event since then.
      if (this.heldBy === 'row') this.holder.deliveryFinished();
    });
  }

  /** @param how after which attempt, if there was one, and what is called when it is stored. */
  #store(
    as: NewRow['as'],
    attempts: number,
    delayMs: number,
    how: { ended?: EndedAttempt; stored?: () => void } = {},
  ): void {
    const { ended, stored } = how;
    const first = ended?.number === 1 ? { firstAttemptAt: ended.startedAt } : {};
    this.stages.retries.store(
      { delivery: { ...this.delivery, attempts }, as, delayMs, ...first },
      stored ??
        ((): void => {
          this.holder.deliveryFinished();
        }),
    );
  }
}

/** A failure of the endpoint itself is no answer or a 5xx; any other answer is about this one request. */
function endpointOf(
  verdict: Verdict,
  scheduleMs: readonly number[],
  chance: Parameters<typeof webhookRetryAfterMs>[2],
): Omit<Settled, 'then'> {
  const { delivered, statusCode } = verdict;
  return {
    endpoint: delivered || (statusCode !== null && statusCode < 500) ? 'works' : 'fails',
    retryAfterMs: webhookRetryAfterMs(verdict, scheduleMs, chance),
  };
}
