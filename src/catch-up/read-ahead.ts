/**
 * Records that a cursor has read from the log and not handed out yet. `Allowance` limits them over all cursors. They can
 * be dropped at any time, because the log still has them.
 */
import { decodeEvent } from '../intake/decode-event.ts';
import { Undecodable } from '../intake/undecodable.ts';
import type { LogRecord, RecordBatch } from '../kafka/log-record.ts';
import type { UserEvent } from '../model/event.ts';
import type { Allowance } from './allowance.ts';

export class ReadAhead {
  #batch: RecordBatch | null = null;
  #at = 0;
  #event: UserEvent | null | undefined;
  #since: number | null = null;

  constructor(
    private readonly topic: string,
    private readonly partition: number,
    private readonly allowance: Pick<Allowance, 'keepBatch' | 'letBatchGo'>,
  ) {}

  get isEmpty(): boolean {
    return this.#batch === null;
  }

  /** The next record; undefined if none is left. */
  get record(): LogRecord | undefined {
    return this.#batch?.records[this.#at];
  }

  /** The offset behind all of it. */
  get end(): number {
    return (this.#batch?.lastOffset ?? -1) + 1;
  }

  /** The time of the record that was handed out last; null: none was. */
  get since(): number | null {
    return this.#since;
  }

  /** The event of the next record; null if the record is not an event. */
  get event(): UserEvent | null {
    const { record } = this;
    if (this.#event === undefined && record) {
      const decoded = decodeEvent(this.topic, this.partition, record);
      this.#event = decoded instanceof Undecodable ? null : decoded;
    }
    return this.#event ?? null;
  }

  /** @param from the first offset that is wanted; a batch may begin before it. */
  keep(batch: RecordBatch, from: number): void {
    this.forget();
    this.allowance.keepBatch();
    this.#batch = batch;
    const first = batch.records.findIndex(({ offset }) => offset >= from);
    this.#at = first < 0 ? batch.records.length : first;
  }

  next(): void {
    const timestamp = Number(this.record?.timestamp);
    if (Number.isFinite(timestamp)) this.#since = timestamp;
    this.#at += 1;
    this.#event = undefined;
  }

  forget(): void {
    if (this.#batch !== null) this.allowance.letBatchGo();
    this.#batch = null;
    this.#event = undefined;
  }
}
