/**
 * Runs one delivery through its lane: one attempt, and what follows it. It decides when the holder may let go.
 *
 * - *Fresh*: held by its event's offset. It is finished when it is delivered or stored. It is stored if its attempt fails,
 *   or if its lane cannot take it. It may be stored during its request, so that others can be stored behind it.
 * - *Stored*: held by its row. The result is written to the row.
 * - *Caught up*: held by its cursor. It runs as a fresh one, but the cursor takes it back if its lane cannot take it.
 *
 * The holder lets go only after the attempt is recorded. A row that exists is changed only after that as well.
 */
import type { Diversion, LaneWork, Settled } from '../lanes/lane-work.ts';
import type { WebhookIndex } from '../matching/webhook-index.ts';
import type { EndedAttempt, Verdict } from '../model/attempt.ts';
import type { Delivery } from '../model/delivery.ts';
import { nextStep, webhookRetryAfterMs, type NextStep } from '../retries/next-step.ts';
import type { RetryWriter } from '../retries/retry-writer.ts';
import type { LeaseEnd, NewRow } from '../retries/row.ts';
import type { Attempts, Clock } from './attempt-runner.ts';
import type { HealthNotes } from './health-notes.ts';

/** The parts of the stages that a run uses. */
export interface Stages {
  readonly attempts: Attempts;
  readonly webhooks: Pick<WebhookIndex, 'find' | 'isEnabled'>;
  readonly retries: Pick<RetryWriter, 'store' | 'finish' | 'forgetGivenUp' | 'backlog'>;
  readonly health: Pick<HealthNotes, 'note'>;
  /** The delays between attempts, in milliseconds, for webhooks without a schedule of their own. */
  readonly scheduleMs: readonly number[];
  readonly clock: Clock;
}

/** Holds a delivery until it is told that it may let go. */
export interface Holder {
  /** True if its partition belongs to another member now, which reads the event again. Always false for a stored one. */
  readonly revoked: boolean;
  /** Called once, unless `takeBack` returned true. */
  deliveryFinished(): void;
  /** True if its event may have been read before. Then it may have a row already. */
  readonly mayHaveRow?: boolean;
  /** True if the delivery may have been exhausted before, and may have a dead row. */
  readonly mayBeGivenUp?: boolean;
  /** Takes back a delivery that its lane cannot take, to send it later. False: it must be stored. Only cursors do this. */
  takeBack?(): boolean;
}

const DELIVERED: Settled = { then: 'release', endpoint: 'works', retryAfterMs: null };

export class DeliveryRun implements LaneWork {
  readonly laneId: string;
  readonly orderKey: string | null;
  #stored: boolean;
  /** PostgreSQL has refused to store it while its request was under way. */
  #unstorable = false;
  /** When its attempt started, once it has; milliseconds since the epoch. */
  #startedAt = 0;

  constructor(
    private readonly stages: Stages,
    readonly delivery: Delivery,
    readonly heldBy: LaneWork['heldBy'],
    private readonly holder: Holder,
  ) {
    this.laneId = delivery.webhookId;
    this.#stored = heldBy === 'row';
    // The table hands out only one row of a user at a time. And a fresh delivery must never queue behind a row.
    this.orderKey = this.#stored ? null : delivery.orderKey;
  }

  /** Whether the table may have a row of it that is not known here. */
  get mayHaveRow(): boolean {
    return this.holder.mayHaveRow === true;
  }

  run(settled: (how: Settled) => void): void {
    const { webhooks, attempts } = this.stages;
    const webhook = this.holder.revoked ? null : webhooks.find(this.laneId);
    if (!webhook) {
      // Those behind it must not overtake it if the webhook becomes usable before their turn.
      const waits = !this.holder.revoked && webhooks.isEnabled(this.laneId);
      const then = this.#waitElsewhere('full') === 'log' ? 'leave' : 'divert';
      settled({ then: waits ? then : 'release', endpoint: null, retryAfterMs: null });
      return;
    }
    this.#startedAt = attempts.run(this.delivery, webhook, (ended) => {
      settled(this.#settle(ended));
    });
  }

  divert(why: Diversion): void {
    this.#waitElsewhere(why);
  }

  storeWhileUnderWay(): void {
    if (this.#stored || this.holder.revoked) return;
    this.#stored = true;
    const attempt = { number: this.delivery.attempts + 1, startedAt: this.#startedAt };
    const stored = (kept: boolean): void => {
      this.#unstorable = !kept;
      this.holder.deliveryFinished();
    };
    this.#store('sending', this.delivery.attempts, 0, { attempt, stored });
  }

  /** The table has stored it before it entered a lane. */
  waitsInTable(): void {
    this.holder.deliveryFinished();
  }

  /** What stands behind a stored delivery must be stored too. Otherwise a cursor takes back what cannot be sent now. */
  #waitElsewhere(why: Diversion): 'log' | 'table' | 'nowhere' {
    const enabled = this.stages.webhooks.isEnabled(this.laneId);
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
          if (this.#stored) this.#finishRow({ as: 'dead', attempts: number, ...this.#firstAttempt(ended) });
          else if (this.holder.revoked) this.holder.deliveryFinished();
          else this.#store('dead', number, 0, { attempt: ended });
        });
        return { then: 'release', ...endpointOf(verdict, schedule, chance) };
    }
  }

  /** If the delivery was exhausted before, its dead row is deleted: it is delivered now. */
  #finishDelivered(): void {
    const finished = (): void => {
      this.holder.deliveryFinished();
    };
    if (this.#mayBeGivenUp && !this.holder.revoked)
      this.stages.retries.forgetGivenUp(this.delivery.id, finished);
    else finished();
  }

  get #mayBeGivenUp(): boolean {
    if (this.holder.mayBeGivenUp === true) return true;
    return this.mayHaveRow && this.stages.retries.backlog.mayHaveGivenUp(this.laneId);
  }

  #retry(ended: EndedAttempt, { delayMs }: Extract<NextStep, { kind: 'retry' }>): Settled['then'] {
    const { attempts } = this.stages;
    if (this.#unstorable) {
      this.#giveUp(ended, () => undefined);
      return 'release';
    }
    if (this.#stored) {
      attempts.publish(ended, 'failed', delayMs, () => {
        this.#finishRow({ as: 'pending', attempts: ended.number, delayMs, ...this.#firstAttempt(ended) });
      });
      return 'release';
    }
    // It must be recorded and stored, in either order.
    let open = 2;
    const oneDone = (): void => {
      open -= 1;
      if (open === 0) this.holder.deliveryFinished();
    };
    const stored = (kept: boolean): void => {
      if (kept) oneDone();
      else this.#giveUp(ended, oneDone);
    };
    attempts.publish(ended, 'failed', delayMs, oneDone);
    // If the partition was lost, its new owner sends the event again.
    if (this.holder.revoked) oneDone();
    else this.#store('pending', ended.number, delayMs, { attempt: ended, stored });
    return 'divert';
  }

  /** PostgreSQL refuses to store it. Its attempt may be published as `failed` already: that does not wait for PostgreSQL. */
  #giveUp(ended: EndedAttempt, recorded: () => void): void {
    this.stages.health.note(ended, { kind: 'exhausted', gone: false });
    this.stages.attempts.publish(ended, 'exhausted', null, recorded);
  }

  /** For a webhook that is deleted or disabled, or a lost partition: a fresh one is dropped, a row stays for later. */
  #giveBack(): void {
    if (this.#stored) this.#finishRow({ as: 'pending', attempts: this.delivery.attempts, delayMs: 0 });
    else this.holder.deliveryFinished();
  }

  #finishRow(end: LeaseEnd): void {
    this.stages.retries.finish({ deliveryId: this.delivery.id, ...end }, () => {
      // One that was stored during its request is finished for its event since it was stored.
      if (this.heldBy === 'row') this.holder.deliveryFinished();
    });
  }

  /** `attempt` was made or is under way. `stored` is called when it is stored, or refused. */
  #store(
    as: NewRow['as'],
    attempts: number,
    delayMs: number,
    { attempt, stored }: { attempt?: Started; stored?: (kept: boolean) => void } = {},
  ): void {
    this.stages.retries.store(
      { delivery: { ...this.delivery, attempts }, as, delayMs, ...firstAttempt(attempt) },
      stored ??
        ((): void => {
          this.holder.deliveryFinished();
        }),
    );
  }

  /** A row of a replay has the time of its first attempt already: it may begin at 1 again. */
  #firstAttempt(ended: EndedAttempt): { firstAttemptAt?: number } {
    return this.delivery.reason === 'event' ? firstAttempt(ended) : {};
  }
}

type Started = Pick<EndedAttempt, 'number' | 'startedAt'>;

function firstAttempt(attempt?: Started): { firstAttemptAt?: number } {
  return attempt?.number === 1 ? { firstAttemptAt: attempt.startedAt } : {};
}

/** The endpoint itself fails if it gives no answer or a 5xx. Any other answer is only about this request. */
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
