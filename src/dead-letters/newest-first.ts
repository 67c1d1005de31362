/**
 * Reads a topic backwards: the newest records of all partitions first. A log can only be read forwards. So it reads
 * ranges of offsets, the last range first, and reverses each. Records of one partition are ordered by offset, records of
 * different partitions by time.
 *
 * How much is read for one page is limited, however rare the records are. A cursor says where to go on.
 */
import { OffsetGone } from '../kafka/log-faults.ts';
import type { LogReader } from '../kafka/log-reader.ts';
import type { LogRecord } from '../kafka/log-record.ts';

/** Offsets from `from` on, before `before`. */
export interface Stretch {
  readonly from: number;
  readonly before: number;
}

export interface Search<Found> {
  /** For each partition, the range to search. */
  readonly stretches: ReadonlyMap<number, Stretch>;
  readonly limit: number;
  /**
   * What to keep of a record; null: it does not match. The record's bytes belong to a whole fetch, so do not keep them.
   */
  readonly pick: (partition: number, record: LogRecord) => Found | null;
}

export interface Page<Found> {
  readonly found: Found[];
  /** For each partition, the offset before which to go on. A partition that was read to its beginning is left out. */
  readonly rest: Map<number, number>;
}

/** Each partition is read at least once, so that every page makes progress. */
const AT_MOST = { records: 20_000, bytes: 64 * 1024 * 1024, ms: 2_000 };
const OFFSETS = { first: 64, most: 2_048 };
/** After a range with fewer bytes, the next one is longer; after one with more bytes, shorter. */
const BYTES = { few: 512 * 1024, many: 8 * 1024 * 1024 };

type Log = Pick<LogReader, 'read'>;

/** @throws LogUnavailable, UnknownPartition */
export async function newestFirst<Found>(log: Log, search: Search<Found>): Promise<Page<Found>> {
  const spent = { records: 0, bytes: 0 };
  const until = performance.now() + AT_MOST.ms;
  const isEnough = (): boolean =>
    spent.records >= AT_MOST.records || spent.bytes >= AT_MOST.bytes || performance.now() >= until;
  const partitions = [...search.stretches].map(
    ([partition, stretch]) => new Backwards(log, partition, stretch, search.pick),
  );
  const found: Found[] = [];
  while (found.length < search.limit) {
    const newest = newestOf(partitions);
    if (newest === null) break;
    const next = newest.take();
    if (next !== null) found.push(next);
    else if (newest.isBegun && isEnough()) break;
    else {
      const { records, bytes } = await newest.readOn();
      spent.records += records;
      spent.bytes += bytes;
    }
  }
  const rest = partitions
    .filter(({ isDone }) => !isDone)
    .map(({ partition, before }) => [partition, before] as const);
  return { found, rest: new Map(rest) };
}

function newestOf<Found>(partitions: readonly Backwards<Found>[]): Backwards<Found> | null {
  let newest: Backwards<Found> | null = null;
  for (const one of partitions) if (!one.isDone && (newest === null || one.time > newest.time)) newest = one;
  return newest;
}

class Backwards<Found> {
  /** What was found and not taken, the newest last. */
  readonly #found: { readonly found: Found; readonly offset: number; readonly time: number }[] = [];
  #from: number;
  /** What is before it was not read. */
  #unread: number;
  #offsets = OFFSETS.first;
  /** The time of the oldest record that was read. Records before it are usually older. */
  #time = Infinity;
  #takenBefore: number;

  constructor(
    private readonly log: Log,
    readonly partition: number,
    { from, before }: Stretch,
    private readonly pick: Search<Found>['pick'],
  ) {
    this.#from = from;
    this.#unread = Math.max(from, before);
    this.#takenBefore = this.#unread;
  }

  get isDone(): boolean {
    return this.#found.length === 0 && this.#unread <= this.#from;
  }

  get isBegun(): boolean {
    return this.#time !== Infinity;
  }

  /** Of the newest that is still to come. */
  get time(): number {
    return this.#found.at(-1)?.time ?? this.#time;
  }

  /** Everything from this offset on was taken, or does not match. */
  get before(): number {
    return this.#found.length === 0 ? this.#unread : this.#takenBefore;
  }

  take(): Found | null {
    const next = this.#found.pop();
    if (!next) return null;
    this.#takenBefore = next.offset;
    return next.found;
  }

  /** Reads the range before, once all matches were taken. @returns how many records it read. */
  async readOn(): Promise<{ records: number; bytes: number }> {
    const before = this.#unread;
    const begin = Math.max(this.#from, before - this.#offsets);
    this.#takenBefore = before;
    const read = { records: 0, bytes: 0 };
    let oldest: number | null = null;
    for (let next = begin; next < before;) {
      const records = await this.#read(next);
      if (records === null) break;
      next = records.next;
      for (const record of records.records) {
        if (record.offset >= before) break;
        read.records += 1;
        read.bytes += record.size;
        const time = Number(record.timestamp);
        oldest ??= time;
        const found = this.pick(this.partition, record);
        if (found !== null) this.#found.push({ found, offset: record.offset, time });
      }
    }
    this.#unread = begin;
    this.#time = oldest ?? Math.min(this.#time, Number.MAX_VALUE);
    if (read.bytes < BYTES.few) this.#offsets = Math.min(2 * this.#offsets, OFFSETS.most);
    else if (read.bytes > BYTES.many) this.#offsets = Math.max(1, Math.floor(this.#offsets / 4));
    return read;
  }

  /** Null if nothing is there, or nothing more may be read. */
  async #read(offset: number): Promise<{ records: readonly LogRecord[]; next: number } | null> {
    try {
      const batch = await this.log.read(this.partition, offset, { maxWaitMs: 0 });
      return batch && { records: batch.records, next: batch.lastOffset + 1 };
    } catch (error) {
      if (!(error instanceof OffsetGone)) throw error;
      // The log has lost its beginning meanwhile, or was made anew.
      this.#from = Math.max(this.#from, error.beginsAt);
      return offset < error.beginsAt ? { records: [], next: error.beginsAt } : null;
    }
  }
}
