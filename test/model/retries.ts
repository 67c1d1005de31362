/** The writer of rows, as a process of the model has it. */
import type { Stages } from '../../src/pipeline/delivery-run.ts';
import type { PipelineParts } from '../../src/pipeline/pipeline.service.ts';
import type { Backlog } from '../../src/retries/backlog.ts';
import { LiveRows } from '../../src/retries/live-rows.ts';
import type { Table } from './table.ts';

export interface Writing {
  readonly table: Table;
  /** Of the process. */
  readonly name: string;
  readonly backlog: Backlog;
  readonly leased: Set<string>;
  /** What is written stays in order, each at a moment of its own. */
  write(step: () => void): void;
  /** At any moment. */
  later(step: () => void): void;
  /** The table is asked at any moment, and answers at another. */
  answer<Answer>(work: () => Answer): Promise<Answer>;
}

export function retriesOf(writing: Writing): Stages['retries'] & PipelineParts['retries'] {
  const { table, name, backlog, leased } = writing;
  const liveRows = new LiveRows(
    (deliveries) => writing.answer(() => table.liveOf(deliveries)),
    (callback) => {
      writing.later(callback);
    },
  );
  return {
    backlog,
    store: (row, done) => {
      const { delivery } = row;
      backlog.storing(delivery.webhookId);
      if (row.as === 'sending') leased.add(delivery.id);
      const ended = (stored: boolean): void => {
        done(stored);
        backlog.stored(delivery.webhookId);
      };
      const write = (): void => {
        liveRows.storing(delivery);
        writing.write(() => {
          const stored = table.store(row, name);
          liveRows.stored(delivery);
          ended(stored);
        });
      };
      if (row.as !== 'offer') write();
      else
        liveRows.ask(delivery, (mayBeLive) => {
          if (mayBeLive) write();
          else ended(false);
        });
    },
    forgetGivenUp: (_deliveryId, done) => {
      writing.write(done);
    },
    finish: (end, done) => {
      writing.write(() => {
        table.finish(end, name);
        leased.delete(end.deliveryId);
        done();
      });
    },
  };
}
