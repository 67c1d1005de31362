/**
 * Reads the records of one batch into portions. Every offset of the batch is a record, or a gap that compaction made. If
 * the rest cannot be read, it throws, and the caller makes one entry for the rest.
 */
import type { LogRecord, Unread } from '../log-record.ts';
import { RecordHeaders } from '../record-headers.ts';
import { BatchFault } from './batch-fault.ts';
import { sum, type ByteReader } from './byte-reader.ts';
import { PieceReader } from './piece-reader.ts';
import type { BatchHead } from './record-batch.ts';
import type { Pieces } from './unpacking.ts';

const PORTION_AT_MOST = { records: 1_000, bytes: 1024 * 1024, readingMs: 50 };
const LENGTH_BYTES_AT_MOST = 5;
/** The beginning of a record: attributes, time and offset. */
const BEGINNING_BYTES_AT_MOST = 16;
/** Why no record is read, although its bytes may be there. */
const DONE = 0;
const FULL = -1;
const TOO_LARGE = -2;

/** The records that are handed over at once. It is limited in records, in bytes, and in milliseconds of reading. */
export class Portion {
  readonly records: LogRecord[] = [];
  readonly firstOffset: number;
  #bytes = 0;
  readonly #until = performance.now() + PORTION_AT_MOST.readingMs;

  constructor(firstOffset: number) {
    this.firstOffset = firstOffset;
  }

  get full(): boolean {
    return this.records.length >= PORTION_AT_MOST.records || this.#bytes >= PORTION_AT_MOST.bytes;
  }

  /** Whether reading has taken long enough. This costs more to ask than `full`. */
  get late(): boolean {
    return performance.now() > this.#until;
  }

  add(record: LogRecord): void {
    this.records.push(record);
    this.#bytes += record.size;
  }

  /** Adds an entry for offsets that could not be read. @param offset the last of them. */
  addUnread(unread: Unread, offset: number, timestamp: number | bigint): void {
    this.add({ offset, timestamp, key: null, value: null, headers: RecordHeaders.none, size: 0, unread });
  }
}

/** Reads one entry of the log. */
export interface EntryReader {
  /** The first offset that is not in a portion yet. */
  readonly position: number;
  /** Adds records until the portion is full. @returns whether there are more. @throws BatchFault */
  fill(portion: Portion): Promise<boolean>;
  close(): void;
}

export class BatchReader implements EntryReader {
  readonly #head: BatchHead;
  readonly #pieces: PieceReader;
  readonly #from: number;
  readonly #maxRecordBytes: number;
  #left: number;
  /** The lowest offset that the next record may have. */
  #next: number;

  /** @param from records before this offset are left out. A broker may send them although nobody asked for them. */
  constructor(head: BatchHead, pieces: Pieces, from: number, maxRecordBytes: number) {
    this.#head = head;
    this.#pieces = new PieceReader(pieces);
    this.#from = from;
    this.#maxRecordBytes = maxRecordBytes;
    this.#left = head.count;
    this.#next = head.baseOffset;
  }

  get position(): number {
    return Math.max(this.#from, this.#next);
  }

  async fill(portion: Portion): Promise<boolean> {
    for (;;) {
      const missing = this.#readAvailable(portion);
      if (missing === DONE) break;
      if (missing === FULL || portion.late) return true;
      if (missing === TOO_LARGE) await this.#passTooLarge(portion);
      else if (!(await this.#pieces.need(missing))) throw this.#endsEarly();
    }
    await this.#assertEnd();
    return false;
  }

  close(): void {
    this.#pieces.close();
  }

  /** @returns how many bytes the next record needs, or one of the reasons above. */
  #readAvailable(portion: Portion): number {
    const { reader } = this.#pieces;
    while (this.#left > 0) {
      if (portion.full) return FULL;
      const start = reader.at;
      if (!hasLength(reader)) return LENGTH_BYTES_AT_MOST;
      const length = lengthAt(reader);
      const end = reader.at + length;
      if (length > this.#maxRecordBytes || end > reader.bytes.length) {
        reader.at = start;
        return length > this.#maxRecordBytes ? TOO_LARGE : end - start;
      }
      reader.end = end;
      const record = this.#readRecord(reader, end - start);
      reader.at = end;
      reader.end = reader.bytes.length;
      this.#passed(record.offset);
      if (record.offset >= this.#from) portion.add(record);
    }
    return DONE;
  }

  #readRecord(reader: ByteReader, size: number): LogRecord {
    const { timestamp, offset } = this.#readBeginning(reader);
    const key = reader.field();
    const value = reader.field();
    const headers = RecordHeaders.at(reader);
    if (reader.at !== reader.end) throw new BatchFault('a record is shorter than it says');
    return { offset, timestamp, key, value, headers, size, unread: null };
  }

  #readBeginning(reader: ByteReader): { timestamp: number | bigint; offset: number } {
    const { baseOffset, lastOffset, baseTimestamp, appendedAt } = this.#head;
    reader.skip(1);
    const timestampDelta = reader.varlong();
    const offset = baseOffset + reader.varint();
    if (offset < this.#next || offset > lastOffset)
      throw new BatchFault('its records are not in the order of their offsets');
    return { timestamp: appendedAt ?? sum(baseTimestamp, timestampDelta), offset };
  }

  /** A record that is too large is unpacked, because others may follow it, but it is not kept. */
  async #passTooLarge(portion: Portion): Promise<void> {
    await this.#pieces.need(LENGTH_BYTES_AT_MOST + BEGINNING_BYTES_AT_MOST);
    const { reader } = this.#pieces;
    const length = lengthAt(reader);
    const start = reader.at;
    const { timestamp, offset } = this.#readBeginning(reader);
    reader.at = start;
    if (!(await this.#pieces.skip(length))) throw this.#endsEarly();
    this.#passed(offset);
    if (offset < this.#from) return;
    const message = `the record has ${length} bytes, and may have ${this.#maxRecordBytes}`;
    portion.addUnread({ firstOffset: offset, reason: 'too_large', message }, offset, timestamp);
  }

  #passed(offset: number): void {
    this.#left -= 1;
    this.#next = offset + 1;
  }

  #endsEarly(): BatchFault {
    return new BatchFault(`it ends before the last ${this.#left} of its ${this.#head.count} records`);
  }

  /** Bytes after the last record are a fault if the batch has offsets left for them. Otherwise they cannot be records. */
  async #assertEnd(): Promise<void> {
    if (this.#next <= this.#head.lastOffset && (await this.#pieces.need(1)))
      throw new BatchFault('it has more records than it says');
  }
}

/** Whether all bytes of the length are there with which a record begins. */
function hasLength({ bytes, at: start }: ByteReader): boolean {
  if (bytes.length - start >= LENGTH_BYTES_AT_MOST) return true;
  for (let at = start; at < bytes.length; at += 1) if ((bytes[at] ?? 0) < 0x80) return true;
  return false;
}

function lengthAt(reader: ByteReader): number {
  const length = reader.varint();
  if (length < 0) throw new BatchFault('a record has a negative length');
  return length;
}
