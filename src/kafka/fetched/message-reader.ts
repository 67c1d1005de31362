/**
 * Reads messages of the formats 0 and 1, which came before batches. Topics of old brokers still have them. A message is
 * one record; or its value is many packed messages, and then its offset is that of the last of them.
 */
import { crc32 } from 'node:zlib';
import type { LogRecord } from '../log-record.ts';
import { RecordHeaders } from '../record-headers.ts';
import { BatchFault } from './batch-fault.ts';
import type { EntryReader, Portion } from './batch-reader.ts';
import { ByteReader, exact } from './byte-reader.ts';
import { entriesOf, type Entry } from './log-entries.ts';
import { PieceReader } from './piece-reader.ts';
import { isPacked, unpack } from './unpacking.ts';

const AT = { crc: 12, magic: 16, attributes: 17, timestamp: 18 };
const LOG_APPEND_TIME = 0x08;
/** Format 0 has no timestamps. */
const NO_TIMESTAMP = -1;
/** All is unpacked at once: the offset of the last message must be known first, and it is at the end. */
const UNPACKED_AT_MOST = 16 * 1024 * 1024;

interface Message {
  readonly attributes: number;
  readonly timestamp: number | bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

export class MessageReader implements EntryReader {
  readonly #entry: Entry;
  readonly #from: number;
  readonly #maxRecordBytes: number;
  #records: Generator<LogRecord> | null = null;
  #waiting: LogRecord | null = null;
  #next = 0;

  constructor(entry: Entry, from: number, maxRecordBytes: number) {
    this.#entry = entry;
    this.#from = from;
    this.#maxRecordBytes = maxRecordBytes;
  }

  get position(): number {
    return Math.max(this.#from, this.#next);
  }

  async fill(portion: Portion): Promise<boolean> {
    this.#records ??= await this.#read();
    for (;;) {
      const record = this.#waiting ?? (this.#records.next().value as LogRecord | undefined);
      if (record === undefined) return false;
      this.#waiting = record;
      if (portion.full) return true;
      this.#waiting = null;
      this.#add(record, portion);
    }
  }

  close(): void {
    // Nothing is unpacked in the background.
  }

  #add(record: LogRecord, portion: Portion): void {
    const { offset, size, timestamp } = record;
    if (offset < this.#next || offset > this.#entry.offset)
      throw new BatchFault('its messages are not in the order of their offsets');
    this.#next = offset + 1;
    if (offset < this.#from) return;
    const message = `the record has ${size} bytes, and may have ${this.#maxRecordBytes}`;
    if (size <= this.#maxRecordBytes) portion.add(record);
    else portion.addUnread({ firstOffset: offset, reason: 'too_large', message }, offset, timestamp);
  }

  async #read(): Promise<Generator<LogRecord>> {
    const message = readMessage(this.#entry);
    if (!isPacked(message.attributes))
      return [toRecord(this.#entry, message)].values() as Generator<LogRecord>;
    const pieces = new PieceReader(unpack(message.attributes, message.value ?? Buffer.alloc(0)));
    if (await pieces.need(UNPACKED_AT_MOST + 1))
      throw new BatchFault(`its messages unpack to more than ${UNPACKED_AT_MOST} bytes`);
    return this.#inner(pieces.reader.bytes, message);
  }

  *#inner(unpacked: Buffer, outer: Message): Generator<LogRecord> {
    const { magic, offset } = this.#entry;
    // In format 1 the offsets of the inner messages begin at 0.
    const base = magic === 0 ? 0 : offset - lastOffset(unpacked);
    const appendedAt = (outer.attributes & LOG_APPEND_TIME) === 0 ? null : outer.timestamp;
    for (const entry of entriesOf(unpacked)) {
      const message = readMessage(entry);
      if (isPacked(message.attributes)) throw new BatchFault('a packed message has a packed message in it');
      const record = toRecord(entry, message);
      yield { ...record, offset: base + entry.offset, timestamp: appendedAt ?? record.timestamp };
    }
  }
}

function lastOffset(unpacked: Buffer): number {
  let last = 0;
  for (const { offset } of entriesOf(unpacked)) last = offset;
  return last;
}

function readMessage({ magic, bytes }: Entry): Message {
  if (magic !== 0 && magic !== 1) throw new BatchFault(`its format, ${magic}, is not a format of messages`);
  if (crc32(bytes.subarray(AT.magic)) !== bytes.readUInt32BE(AT.crc))
    throw new BatchFault('its checksum is wrong: it was damaged after it was written');
  const reader = new ByteReader(bytes);
  reader.skip(magic === 0 ? AT.timestamp : AT.timestamp + 8);
  const timestamp = magic === 0 ? NO_TIMESTAMP : exact(bytes.readBigInt64BE(AT.timestamp));
  const [key, value] = [reader.sizedField(), reader.sizedField()];
  return { attributes: bytes.readInt8(AT.attributes), timestamp, key, value };
}

function toRecord({ offset, bytes }: Entry, { timestamp, key, value }: Message): LogRecord {
  return { offset, timestamp, key, value, headers: RecordHeaders.none, size: bytes.length, unread: null };
}
