/**
 * The headers of a record as a list in their order. Names may repeat, be empty, or be any bytes; values may be null. They
 * stay bytes until somebody reads them, because one record may have a million headers.
 */
import { BatchFault } from './fetched/batch-fault.ts';
import { ByteReader } from './fetched/byte-reader.ts';

export type Header = readonly [name: string, value: Buffer | null];

export class RecordHeaders implements Iterable<Header> {
  static readonly none = new RecordHeaders(0, Buffer.alloc(0));

  readonly count: number;
  /** For each header: the length of its name, the name, the length of its value (-1: null), the value. */
  readonly bytes: Buffer;

  constructor(count: number, bytes: Buffer) {
    this.count = count;
    this.bytes = bytes;
  }

  static of(headers: Iterable<readonly [name: string, value: Buffer | string | null]>): RecordHeaders {
    const parts: Buffer[] = [];
    let count = 0;
    for (const [name, value] of headers) {
      parts.push(
        ...field(Buffer.from(name)),
        ...field(typeof value === 'string' ? Buffer.from(value) : value),
      );
      count += 1;
    }
    return new RecordHeaders(count, Buffer.concat(parts));
  }

  /** Takes the headers from a record without decoding them. @throws BatchFault if they are not valid. */
  static at(reader: ByteReader): RecordHeaders {
    const count = reader.varint();
    if (count === 0) return RecordHeaders.none;
    if (count < 0) throw new BatchFault('a record has a negative number of headers');
    const from = reader.at;
    for (let index = 0; index < count; index += 1) {
      const name = reader.varint();
      if (name < 0) throw new BatchFault('the name of a header has a negative length');
      reader.skip(name);
      const value = reader.varint();
      if (value > 0) reader.skip(value);
    }
    return new RecordHeaders(count, reader.bytes.subarray(from, reader.at));
  }

  *[Symbol.iterator](): Generator<Header> {
    const reader = new ByteReader(this.bytes);
    for (let index = 0; index < this.count; index += 1) {
      const name = reader.field();
      yield [name?.toString() ?? '', reader.field()];
    }
  }

  /**
   * Calls `found` for the headers whose name has one of these lengths, in order. So a few headers are found among many, and
   * the others are not decoded.
   *
   * @param lengths of names, in bytes.
   */
  visit(lengths: ReadonlySet<number>, found: (name: string, value: Buffer | null) => void): void {
    const reader = new ByteReader(this.bytes);
    for (let index = 0; index < this.count; index += 1) {
      const length = reader.varint();
      const from = reader.at;
      reader.skip(length);
      if (lengths.has(length)) found(this.bytes.toString('utf8', from, from + length), reader.field());
      else {
        const value = reader.varint();
        if (value > 0) reader.skip(value);
      }
    }
  }

  /** The length of all names and values together. */
  get contentBytes(): number {
    const reader = new ByteReader(this.bytes);
    let bytes = 0;
    for (let field = 0; field < 2 * this.count; field += 1) {
      const length = Math.max(0, reader.varint());
      reader.skip(length);
      bytes += length;
    }
    return bytes;
  }

  /** @returns the headers whose name is kept. Their bytes are taken as they lie: one by one they cost ten times as much. */
  only(kept: (name: string) => boolean): RecordHeaders {
    const reader = new ByteReader(this.bytes);
    const parts: Buffer[] = [];
    let count = 0;
    let from = 0;
    for (let index = 0; index < this.count; index += 1) {
      const start = reader.at;
      const length = reader.varint();
      const name = this.bytes.toString('utf8', reader.at, reader.at + length);
      reader.skip(length);
      const value = reader.varint();
      if (value > 0) reader.skip(value);
      if (kept(name)) count += 1;
      else {
        parts.push(this.bytes.subarray(from, start));
        from = reader.at;
      }
    }
    return new RecordHeaders(count, Buffer.concat([...parts, this.bytes.subarray(from)]));
  }

  /** @returns these headers, with the others after them. */
  followedBy(others: RecordHeaders): RecordHeaders {
    return new RecordHeaders(this.count + others.count, Buffer.concat([this.bytes, others.bytes]));
  }
}

function field(bytes: Buffer | null): Buffer[] {
  return bytes === null ? [NULL] : [varint(bytes.length), bytes];
}

const NULL = Buffer.from([1]);

/** A length as a zigzag number. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value * 2;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}
