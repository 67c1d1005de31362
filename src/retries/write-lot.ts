/**
 * Writes operations on the table `retries` in one transaction: first what is to be stored, then the ends. It also tells
 * whether PostgreSQL would take another delivery in place of one that it refuses.
 */
import type { DataSource } from 'typeorm';
import { bytesHeld } from '../model/event.ts';
import { finishRows, forgetGivenUp, promoteNext, type Key } from './finish-rows.ts';
import { standInFor } from './refused-row.ts';
import type { NewRow, RowEnd } from './row.ts';
import { storeRows, type Lease } from './store-rows.ts';

const MAX_LOT = { operations: 500, bytes: 4 * 1024 * 1024 };

export type Operation =
  | { readonly kind: 'store'; readonly row: NewRow; readonly done: (stored: boolean) => void }
  | { readonly kind: 'finish'; readonly end: RowEnd; readonly done: () => void }
  | { readonly kind: 'forget'; readonly deliveryId: string; readonly done: () => void }
  | { readonly kind: 'promote'; readonly keys: readonly Key[]; readonly done: () => void };

/** What became of a lot: the ids of the offers that were not stored, and how many rows were. */
export interface Written {
  readonly free: ReadonlySet<string>;
  readonly stored: number;
}

/** Takes the first operations out of the queue: as many as one transaction shall write, and at least one. */
export function takeLot(waiting: Operation[]): Operation[] {
  let bytes = 0;
  let size = 0;
  for (const operation of waiting) {
    if (operation.kind === 'store') bytes += bytesHeld(operation.row.delivery.event);
    if (size > 0 && (bytes > MAX_LOT.bytes || size >= MAX_LOT.operations)) break;
    size += 1;
  }
  return waiting.splice(0, size);
}

export async function writeLot(
  dataSource: DataSource,
  lot: readonly Operation[],
  lease: Lease,
): Promise<Written> {
  const rows = lot.flatMap((operation) => (operation.kind === 'store' ? [operation.row] : []));
  const ends = lot.flatMap((operation) => (operation.kind === 'finish' ? [operation.end] : []));
  const delivered = lot.flatMap((operation) => (operation.kind === 'forget' ? [operation.deliveryId] : []));
  const keys = lot.flatMap((operation) => (operation.kind === 'promote' ? operation.keys : []));
  const free = await dataSource.transaction(async (manager) => {
    const offers = rows.length > 0 ? await storeRows(manager, rows, lease) : [];
    if (ends.length > 0) await finishRows(manager, ends, lease.holder);
    if (delivered.length > 0) await forgetGivenUp(manager, delivered);
    if (keys.length > 0) await promoteNext(manager, keys);
    return offers;
  });
  return { free: new Set(free), stored: rows.length - free.length };
}

/**
 * Tries another delivery of the same user and webhook, and undoes it.
 * @returns `free` if it is an offer that would not be stored; null if PostgreSQL refuses that one as well.
 */
export async function tryStandIn(
  dataSource: DataSource,
  row: NewRow,
  lease: Lease,
): Promise<'free' | 'stored' | null> {
  const runner = dataSource.createQueryRunner();
  try {
    await runner.startTransaction();
    const offers = await storeRows(runner.manager, [standInFor(row)], lease);
    return offers.length > 0 ? 'free' : 'stored';
  } catch {
    return null;
  } finally {
    await runner.rollbackTransaction().catch(() => undefined);
    await runner.release().catch(() => undefined);
  }
}
