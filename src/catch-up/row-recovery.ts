/** Makes rows live again for the owner of their partition. The same transaction writes how far it has come. */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { FOR_DELIVERIES } from '../database/data-source.ts';
import { RetryWriter } from '../retries/retry-writer.ts';
import { reviveRows } from '../retries/revive-rows.ts';
import type { Claim } from './cursor-store.ts';
import { STILL_OURS } from './cursor-table.ts';
import type { Cursor } from './cursor.ts';
import { LogTimes } from './log-times.ts';
import type { Recovery, RevivedLot } from './recover-run.ts';

const LOT = 1_000;

/** As by everybody who stores rows: rows of a webhook that is being deleted must not come back. */
const LOCK_WEBHOOK = 'SELECT 1 FROM webhooks WHERE id = $1 FOR KEY SHARE';

const MOVED = 'UPDATE cursors SET next_offset = $2, matched = $3 WHERE id = $1 AND NOT done';

@Injectable()
export class RowRecovery implements Recovery {
  constructor(
    @InjectDataSource(FOR_DELIVERIES) private readonly dataSource: DataSource,
    private readonly writer: Pick<RetryWriter, 'backlog'>,
    private readonly times: LogTimes,
  ) {}

  async revive(claim: Claim, cursor: Cursor): Promise<RevivedLot | null> {
    const { id, webhookId, partition, replay, end } = cursor;
    const partitions = await this.times.partitions();
    // Rows whose partition is nobody's are nobody's to order: whoever has the first one revives them.
    const othersThan = partition === partitions[0] ? partitions : null;
    const { backlog } = this.writer;
    // Noted before it is so: from now on, what is fresh asks the table.
    backlog.storing(webhookId);
    try {
      return await this.dataSource.transaction(async (manager) => {
        const ours: unknown[] = await manager.query(STILL_OURS, [[claim.partition], [claim.token]]);
        if (ours.length === 0) return null;
        await manager.query(LOCK_WEBHOOK, [webhookId]);
        const givenUp = { from: replay?.from ?? null, to: replay?.to ?? null };
        const [from, last] = [cursor.next, end ?? 0];
        const rows = { webhookId, from, end: last, partition, othersThan, givenUp };
        const sequences = await reviveRows(
          manager,
          { ...rows, deliveryId: replay?.deliveryId ?? null, replayId: replay?.id ?? '' },
          LOT,
        );
        const next = sequences.length < LOT ? last : Math.max(...sequences) + 1;
        await manager.query(MOVED, [id, next, cursor.matched + sequences.length]);
        return { revived: sequences.length, next };
      });
    } finally {
      backlog.stored(webhookId);
    }
  }
}
