/**
 * Writes to the table `retries`: deliveries to store, and the ends of those that this process has leased. All of them stand
 * in one queue, which is written in order, in lots of one transaction each. So a user's deliveries are stored in order. An
 * offer enters the queue only if something of its user may be before it: there, or as a live row (`LiveRows`).
 *
 * While PostgreSQL is away, the first lot is tried again and again. Callers must hold their offsets until they are told
 * that their row is written.
 *
 * A lot that PostgreSQL refuses for what is in it is halved until the one operation is found that is refused alone. A delivery
 * is then tried in a plainer form. If PostgreSQL takes another delivery in its place, but not this one, it is left out and
 * logged, because it would hold all others for ever.
 */
import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { FOR_DELIVERIES } from '../database/data-source.ts';
import { isDatabaseRefusal } from '../database/unavailable.ts';
import { ThrottledWarning } from '../logging/throttled-warning.ts';
import { Metrics } from '../metrics/metrics.ts';
import { Backlog } from './backlog.ts';
import type { Key } from './finish-rows.ts';
import { findLive, LiveRows } from './live-rows.ts';
import { placeOf, plainForm } from './refused-row.ts';
import type { NewRow, RowEnd } from './row.ts';
import type { Lease } from './store-rows.ts';
import { takeLot, tryStandIn, writeLot, type Operation, type Written } from './write-lot.ts';

const RETRY_DELAY_MS = { first: 100, most: 3_000 };
export const LEASE_MS = 30_000;

@Injectable()
export class RetryWriter {
  /** The leases of this process, which has an id of its own. */
  readonly lease: Lease = { holder: randomUUID(), ms: LEASE_MS };
  readonly backlog = new Backlog();
  /** Ids of deliveries whose rows this process has leased: since they were claimed, or stored during their request. */
  readonly leased = new Set<string>();
  readonly #logger = new Logger(RetryWriter.name);
  readonly #unwritten = new ThrottledWarning(this.#logger, 'retries could not be written, trying again');
  readonly #waiting: Operation[] = [];
  readonly #liveRows: LiveRows;
  #writing = false;
  /** How many operations the lot under way has. */
  #inLot = 0;
  #failures = 0;
  #leftOut = 0;
  #closed = false;
  #wake: (() => void) | null = null;

  constructor(
    @InjectDataSource(FOR_DELIVERIES) private readonly dataSource: DataSource,
    private readonly metrics: Metrics,
  ) {
    this.#liveRows = new LiveRows((deliveries) => findLive(dataSource, deliveries), setImmediate);
  }

  /**
   * @param done called once: with true when the row is in the table, with false for an offer that was not stored, and for a
   * delivery that PostgreSQL refuses in any form. An offer that is refused behind an earlier row counts as stored.
   */
  store(row: NewRow, done: (stored: boolean) => void): void {
    if (row.as === 'sending') this.leased.add(row.delivery.id);
    this.backlog.storing(row.delivery.webhookId);
    if (row.as !== 'offer' || this.#failures > 0) {
      this.#enqueueRow(row, done);
      return;
    }
    this.#liveRows.ask(row.delivery, (mayBeLive) => {
      if (this.#closed) return;
      if (mayBeLive) this.#enqueueRow(row, done);
      else this.#done({ kind: 'store', row, done }, new Set([row.delivery.id]));
    });
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
    return this.#waiting.length + this.#inLot + this.#liveRows.open;
  }

  /** How many deliveries were left out, because PostgreSQL refused even their plain form. Each was logged. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /** Whether all that was asked for is written. */
  get idle(): boolean {
    return !this.#writing && this.#liveRows.open === 0;
  }

  /** Gives up what is not written. Nothing is lost: leases run out by themselves, and offsets were not committed. */
  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  #enqueueRow(row: NewRow, done: (stored: boolean) => void): void {
    this.#liveRows.storing(row.delivery);
    const written = (stored: boolean): void => {
      this.#liveRows.stored(row.delivery);
      done(stored);
    };
    this.#enqueue({ kind: 'store', row, done: written });
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
      const lot = takeLot(this.#waiting);
      this.#inLot = lot.length;
      await this.#write(lot);
      this.#inLot = 0;
    }
    this.#writing = false;
  }

  async #write(lot: readonly Operation[]): Promise<void> {
    const refusal = await this.#offer(lot);
    if (refusal === null) return;
    const [only] = lot;
    if (only && lot.length === 1) return this.#writeRefused(only, refusal);
    const middle = lot.length >> 1;
    await this.#write(lot.slice(0, middle));
    await this.#write(lot.slice(middle));
  }

  /** Tries until PostgreSQL answers. @returns null when the lot is written; else why it is refused. */
  async #offer(lot: readonly Operation[]): Promise<Error | null> {
    while (!this.#closed) {
      let written: Written;
      try {
        written = await writeLot(this.dataSource, lot, this.lease);
      } catch (error) {
        if (isDatabaseRefusal(error)) return error;
        await this.#backOff(error, lot.length);
        continue;
      }
      this.#failures = 0;
      this.metrics.stored.of().add(written.stored);
      // Outside of the try: an error of a caller is not a failure of PostgreSQL.
      for (const operation of lot) this.#done(operation, written.free);
      return null;
    }
    return null;
  }

  /** Called for an operation that was refused alone. */
  async #writeRefused(operation: Operation, refusal: Error): Promise<void> {
    if (operation.kind !== 'store') {
      this.#leaveUnwritten(operation, refusal);
      return;
    }
    for (let why: Error | null = refusal; why !== null; why = await this.#offer([operation])) {
      const row = plainForm(operation.row);
      const again = row === null ? why : await this.#offer([{ ...operation, row }]);
      if (again === null) {
        if (!this.#closed)
          this.#logger.warn({ err: why, ...placeOf(operation.row) }, 'stored without trace and user name');
        return;
      }
      const standIn = await tryStandIn(this.dataSource, operation.row, this.lease);
      if (standIn !== null) {
        this.#leaveOut(operation, again, standIn === 'free');
        return;
      }
      // It is the table that takes nothing.
      await this.#backOff(again, 1);
    }
  }

  #leaveOut(operation: Extract<Operation, { kind: 'store' }>, refusal: Error, free: boolean): void {
    const { row, done } = operation;
    if (row.as === 'offer' && free) {
      // Nothing is before it, so it may be sent without being stored.
      this.#done(operation, new Set([row.delivery.id]));
      return;
    }
    this.#leftOut += 1;
    this.#failures = 0;
    this.leased.delete(row.delivery.id);
    this.#logger.error(
      { err: refusal, ...placeOf(row) },
      'PostgreSQL refuses this delivery in every form; it is left out',
    );
    done(row.as === 'offer');
    this.backlog.stored(row.delivery.webhookId);
  }

  /** Its row stays as it is. If it was to be sent again, it is when its lease has run out; if it is delivered, it is not. */
  #leaveUnwritten(operation: Exclude<Operation, { kind: 'store' }>, refusal: Error): void {
    const end = operation.kind === 'finish' ? operation.end : null;
    this.#logger.error(
      { err: refusal, kind: operation.kind, ...end },
      'PostgreSQL refuses this change of a row; the row stays as it is',
    );
    if (end !== null && end.as !== 'delivered') this.leased.delete(end.deliveryId);
    operation.done();
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
