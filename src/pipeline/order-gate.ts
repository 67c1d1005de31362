/**
 * Decides where a fresh or caught-up delivery goes so that its user's order at the webhook is kept: into the lane, or into the
 * database behind what waits there. Pure but for the lanes and the writer it is given.
 *
 * | an earlier delivery of the user | this one |
 * | --- | --- |
 * | is in the lane | joins it there |
 * | is being asked for in the database | waits here for the answer, and goes where that one went |
 * | may be in the database (the webhook may have rows) | is offered to the database: stored behind it, or free to go; or stored at once, where its lane would not take it |
 * | is nowhere | goes into the lane |
 *
 * Without an order only one thing is asked: whether a delivery that is read again has a row of its own that is still to be sent.
 *
 * One delivery per user and webhook is offered at a time: two answers could be overtaken by what the first one leads to.
 */
import type { Lanes } from '../lanes/lanes.ts';
import type { RetryWriter } from '../retries/retry-writer.ts';
import type { DeliveryRun } from './delivery-run.ts';

export class OrderGate {
  /** Behind each user and webhook that is being asked for: those who came since, in order. */
  readonly #lines = new Map<string, DeliveryRun[]>();

  constructor(
    private readonly lanes: Pick<Lanes, 'hold' | 'refuses' | 'submit'>,
    private readonly writer: Pick<RetryWriter, 'store' | 'backlog'>,
  ) {}

  enter(run: DeliveryRun): void {
    const { webhookId, orderKey } = run.delivery;
    if (orderKey === null) {
      this.#enterAlone(run);
      return;
    }
    if (this.lanes.hold(webhookId, orderKey)) {
      this.lanes.submit(run);
      return;
    }
    const user = `${webhookId} ${orderKey}`;
    const line = this.#lines.get(user);
    if (line) line.push(run);
    else if (!this.writer.backlog.mayHaveRows(webhookId)) this.lanes.submit(run);
    else if (this.lanes.refuses(webhookId)) run.divert('full');
    else this.#offer(user, run, orderKey);
  }

  #enterAlone(run: DeliveryRun): void {
    const { webhookId } = run.delivery;
    if (run.heldBy !== 'cursor' || !this.writer.backlog.mayHaveRows(webhookId)) this.lanes.submit(run);
    else if (this.lanes.refuses(webhookId)) run.divert('full');
    else
      this.writer.store({ delivery: run.delivery, as: 'offer', delayMs: 0 }, (waits) => {
        if (waits) run.waitsInTable();
        else this.lanes.submit(run);
      });
  }

  #offer(user: string, run: DeliveryRun, orderKey: string): void {
    const { webhookId } = run.delivery;
    const line: DeliveryRun[] = [];
    this.#lines.set(user, line);
    this.writer.store({ delivery: run.delivery, as: 'offer', delayMs: 0 }, (waits) => {
      this.#lines.delete(user);
      if (waits) {
        run.waitsInTable();
        for (const behind of line) behind.divert('behind');
      } else {
        this.lanes.submit(run);
        // The lane may come to be full among them, and send away those that it had taken.
        for (const behind of line) {
          if (this.lanes.hold(webhookId, orderKey)) this.lanes.submit(behind);
          else behind.divert('full');
        }
      }
    });
  }
}
