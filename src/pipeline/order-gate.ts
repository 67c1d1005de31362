/**
 * Keeps the order of each user at each webhook. It decides whether a fresh or caught-up delivery goes into the lane, or into
 * the database behind the earlier ones. It calls only the lanes and the writer that it is given.
 *
 * | an earlier delivery of the user | this one |
 * | --- | --- |
 * | is in the lane | joins it there |
 * | is offered to the database | waits here for the answer, and goes where the earlier one went |
 * | may be in the database (the webhook may have rows) | is offered to the database, which stores it only if one is there; if its lane would refuse it, it is stored at once |
 * | is nowhere | goes into the lane |
 *
 * A delivery without an order key is offered only if its event may have been read before: it may have a live row of its own.
 *
 * Only one delivery per user and webhook is offered at a time. Otherwise the second answer could be out of date because of
 * what followed the first one.
 */
import type { Lanes } from '../lanes/lanes.ts';
import type { RetryWriter } from '../retries/retry-writer.ts';
import type { DeliveryRun } from './delivery-run.ts';

export class OrderGate {
  /** For each user and webhook with an open offer: the deliveries that came since, in order. */
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
    if (!run.mayHaveRow || !this.writer.backlog.mayHaveRows(webhookId)) this.lanes.submit(run);
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
        // The lane may become full meanwhile. Then it diverts those of this user that it had taken before.
        for (const behind of line) {
          if (this.lanes.hold(webhookId, orderKey)) this.lanes.submit(behind);
          else behind.divert('full');
        }
      }
    });
  }
}
