/**
 * Writes to the table `retries`: deliveries to store, and the ends of those that this process has leased. All of them stand
 * in one queue, which is written in order, in lots of one transaction each. So a user's deliveries are stored in order.
 *
 * While PostgreSQL is away, the first lot is tried again and again. Callers must hold their offsets until they are told
 * that their row is written.
 */
import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { FOR_DELIVERIES } from '../database/data-source.ts';
import { ThrottledWarning } from '../logging/throttled-warning.ts';
import { Metrics } from '../metrics/metrics.ts';
import { bytesHeld } from '../model/event.ts';
import { Backlog } from './backlog.ts';
import { finishRows, forgetGivenUp, promoteNext, type Key } from './finish-rows.ts';
import type { NewRow, RowEnd } from './row.ts';
import { storeRows, type Lease } from './store-rows.ts';

const MAX_LOT = { operations: 500, bytes: 4 * 1024 * 1024 };
const RETRY_DELAY_MS = { first: 100, most: 3_000 };
export const LEASE_MS = 30_000;

type Operation =
  | { readonly kind: 'store'; readonly row: NewRow; readonly done: (stored: boolean) => void }
  | { readonly kind: 'finish'; readonly end: RowEnd; readonly done: () => void }
  | { readonly kind: 'forget'; readonly deliveryId: string; readonly done: () => void }
  | { readonly kind: 'promote'; readonly keys: readonly Key[]; readonly done: () => void };

@Injectable()
export class RetryWriter {
  /** The leases of this process, which has an id of its own. */
  readonly lease: Lease = { holder: randomUUID(), ms: LEASE_MS };
  readonly backlog = new Backlog();
  /** Ids of deliveries whose rows this process has leased: since they were claimed, or stored during their request. */
  readonly leased = new Set<string>();
  readonly #unwritten = new ThrottledWarning(
    new Logger(RetryWriter.name),
    'retries could not be written, trying again',
  );
  readonly #waiting: Operation[] = [];
  #writing = false;
  #failures = 0;
  #closed = false;
  #wake: (() => void) | null = null;

  constructor(
    @InjectDataSource(FOR_DELIVERIES) private readonly dataSource: DataSource,
    private readonly metrics: Metrics,
  ) {}

  /** @param done called once: with true when the row is in the table, with false for an offer that was not stored. */
  store(row: NewRow, done: (stored: boolean) => void): void {
    if (row.as === 'sending') this.leased.add(row.delivery.id);
    this.backlog.storing(row.delivery.webhookId);
    this.#enqueue({ kind: 'store', row, done });
  }

  /** @param done called once, when the end is written. */
  finish(end: RowEnd, done: () => void): void {
    this.#enqueue({ kind: 'finish', end, done });
  }

  /** Deletes the dead row of a delivery that has been delivered now. @param done called once, after the row is gone. */
  forgetGivenUp(deliveryId: string, done: () => void): void {
    this.#enqueue({ kind: 'forget', deliveryId, done });
  }

  /** Makes rows due that wait behind nothing, after all that was stored before. @param done called once, when it is written. */
  promote(keys: readonly Key[], done: () => void): void {
    this.#enqueue({ kind: 'promote', keys, done });
  }

  /** How many operations wait to be written. */
  get queue(): number {
    return this.#waiting.length;
  }

  /** Whether all that was asked for is written. */
  get idle(): boolean {
    return !this.#writing;
  }

  /** Gives up what is not written. Nothing is lost: leases run out by themselves, and offsets were not committed. */
  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  #enqueue(operation: Operation): void {
    this.#waiting.push(operation);
    if (this.#writing) return;
    this.#writing = true;
    // What comes later in this turn of the event loop joins the lot.
    setImmediate(() => void this.#run());
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#closed) {
      const lot = this.#waiting.slice(0, this.#lotSize());
      const free = await this.#write(lot);
      if (free === null) continue;
      this.#waiting.splice(0, lot.length);
      for (const operation of lot) this.#done(operation, free);
    }
    this.#writing = false;
  }

  #lotSize(): number {
    let bytes = 0;
    let size = 0;
    for (const operation of this.#waiting) {
      if (operation.kind === 'store') bytes += bytesHeld(operation.row.delivery.event);
      if (size > 0 && (bytes > MAX_LOT.bytes || size >= MAX_LOT.operations)) break;
      size += 1;
    }
    return size;
  }

  /** @returns the ids of the offers that were not stored; null if nothing could be written. */
  async #write(lot: readonly Operation[]): Promise<ReadonlySet<string> | null> {
    const rows = lot.flatMap((operation) => (operation.kind === 'store' ? [operation.row] : []));
    const ends = lot.flatMap((operation) => (operation.kind === 'finish' ? [operation.end] : []));
    const delivered = lot.flatMap((operation) => (operation.kind === 'forget' ? [operation.deliveryId] : []));
    const keys = lot.flatMap((operation) => (operation.kind === 'promote' ? operation.keys : []));
    try {
      const free = await this.dataSource.transaction(async (manager) => {
        const offers = rows.length > 0 ? await storeRows(manager, rows, this.lease) : [];
        if (ends.length > 0) await finishRows(manager, ends, this.lease.holder);
        if (delivered.length > 0) await forgetGivenUp(manager, delivered);
        if (keys.length > 0) await promoteNext(manager, keys);
        return offers;
      });
      this.#failures = 0;
      this.metrics.stored.of().add(rows.length - free.length);
      return new Set(free);
    } catch (error) {
      await this.#backOff(error, lot.length);
      return null;
    }
  }

  #done(operation: Operation, free: ReadonlySet<string>): void {
    if (operation.kind === 'forget' || operation.kind === 'promote') {
      operation.done();
      return;
    }
    if (operation.kind === 'finish') {
      this.leased.delete(operation.end.deliveryId);
      operation.done();
      return;
    }
    const { row, done } = operation;
    done(row.as !== 'offer' || !free.has(row.delivery.id));
    // Only after `done`: until the caller knows the answer, later deliveries of this user must ask as well.
    this.backlog.stored(row.delivery.webhookId);
  }

  async #backOff(error: unknown, operations: number): Promise<void> {
    const delayMs = Math.min(RETRY_DELAY_MS.first * 2 ** this.#failures, RETRY_DELAY_MS.most);
    this.#failures += 1;
    this.#unwritten.say(error, { operations, inMs: delayMs });
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, delayMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
