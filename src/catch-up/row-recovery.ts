/**
 * Revives rows for the owner of their partition, with its place in the table, in one transaction. Then those are made due that
 * are the first of their user.
 *
 * It does so for one cursor at a time, and rests as long as it worked: rows become live sooner than they can be sent, and
 * PostgreSQL has others to serve meanwhile.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { FOR_DELIVERIES } from '../database/data-source.ts';
import { RetryWriter } from '../retries/retry-writer.ts';
import { reviveRows, type Revived } from '../retries/revive-rows.ts';
import type { Claim } from './cursor-store.ts';
import { STILL_OURS } from './cursor-table.ts';
import type { Cursor } from './cursor.ts';
import { LogTimes } from './log-times.ts';
import type { Recovery, RevivedLot } from './recover-run.ts';

const LOT = 1_000;

/** As in every write of rows: rows of a webhook that is being deleted must not come back. */
const LOCK_WEBHOOK = 'SELECT 1 FROM webhooks WHERE id = $1 FOR KEY SHARE';

const MOVED = 'UPDATE cursors SET next_offset = $2, matched = $3 WHERE id = $1 AND NOT done';

@Injectable()
export class RowRecovery implements Recovery {
  #turn: Promise<void> = Promise.resolve();

  constructor(
    @InjectDataSource(FOR_DELIVERIES) private readonly dataSource: DataSource,
    private readonly writer: Pick<RetryWriter, 'backlog' | 'promote'>,
    private readonly times: LogTimes,
  ) {}

  revive(claim: Claim, cursor: Cursor): Promise<RevivedLot | null> {
    let beganAt = 0;
    const lot = this.#turn.then(() => {
      beganAt = performance.now();
      return this.#revive(claim, cursor);
    });
    const rest = (): Promise<void> => pause(performance.now() - beganAt, undefined, { ref: false });
    this.#turn = lot.then(rest, rest);
    return lot;
  }

  async #revive(claim: Claim, cursor: Cursor): Promise<RevivedLot | null> {
    const { id, webhookId, partition, replay, end } = cursor;
    const partitions = await this.times.partitions();
    // Rows without a partition have no owner. The owner of the first partition revives them.
    const othersThan = partition === partitions[0] ? partitions : null;
    const { backlog } = this.writer;
    // Noted before the write. From now on, fresh deliveries ask the table.
    backlog.storing(webhookId);
    try {
      let revived: Revived[] = [];
      const lot = await this.dataSource.transaction(async (manager) => {
        const ours: unknown[] = await manager.query(STILL_OURS, [[claim.partition], [claim.token]]);
        if (ours.length === 0) return null;
        await manager.query(LOCK_WEBHOOK, [webhookId]);
        const givenUp = { from: replay?.from ?? null, to: replay?.to ?? null };
        const [from, last] = [cursor.next, end ?? 0];
        const rows = { webhookId, from, end: last, partition, othersThan, givenUp };
        revived = await reviveRows(
          manager,
          { ...rows, deliveryId: replay?.deliveryId ?? null, replayId: replay?.id ?? '' },
          LOT,
        );
        const next =
          revived.length < LOT ? last : Math.max(...revived.map(({ sequence }) => Number(sequence))) + 1;
        await manager.query(MOVED, [id, next, cursor.matched + revived.length]);
        return { revived: revived.length, next };
      });
      await new Promise<void>((resolve) => {
        this.writer.promote(revived, resolve);
      });
      return lot;
    } finally {
      backlog.stored(webhookId);
    }
  }
}
