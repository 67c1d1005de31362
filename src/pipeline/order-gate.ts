/**
 * Decides where a fresh delivery goes so that its user's order at the webhook is kept: into the lane, or into the
 * database behind what waits there. Pure but for the lanes and the writer it is given.
 *
 * | an earlier delivery of the user | this one |
 * | --- | --- |
 * | is in the lane | joins it there |
 * | is being asked for in the database | waits here for the answer, and goes where that one went |
 * | may be in the database (the webhook may have rows) | is offered to the database: stored behind it, or free to go |
 * | is nowhere | goes into the lane |
 *
 * One delivery per user and webhook is offered at a time: two answers could be overtaken by what the first one leads to.
 */
import type { Lanes } from '../lanes/lanes.ts';
import type { RetryWriter } from '../retries/retry-writer.ts';
import type { StoredDelivery } from '../retries/stored-delivery.ts';
import type { Delivery } from './delivery.ts';

export interface Entrant {
  readonly stored: StoredDelivery;
  readonly delivery: Delivery;
  /** Nothing of it is left to do here: it waits in the database. */
  readonly finished: () => void;
}

export class OrderGate {
  /** Behind each user and webhook that is being asked for: those who came since, in order. */
  readonly #lines = new Map<string, Entrant[]>();

  constructor(
    private readonly lanes: Pick<Lanes, 'hold' | 'submit'>,
    private readonly writer: Pick<RetryWriter, 'store' | 'backlog'>,
  ) {}

  enter(entrant: Entrant): void {
    const { webhookId, orderKey } = entrant.stored;
    if (orderKey === null || this.lanes.hold(webhookId, orderKey)) {
      this.lanes.submit(entrant.delivery);
      return;
    }
    const user = `${webhookId} ${orderKey}`;
    const line = this.#lines.get(user);
    if (line) line.push(entrant);
    else if (this.writer.backlog.mayHaveRows(webhookId)) this.#offer(user, entrant);
    else this.lanes.submit(entrant.delivery);
  }

  #offer(user: string, entrant: Entrant): void {
    const line: Entrant[] = [];
    this.#lines.set(user, line);
    this.writer.store({ delivery: entrant.stored, as: 'offer', delayMs: 0 }, (waits) => {
      this.#lines.delete(user);
      if (waits) {
        entrant.finished();
        for (const { delivery } of line) delivery.divert();
      } else {
        for (const { delivery } of [entrant, ...line]) this.lanes.submit(delivery);
      }
    });
  }
}
