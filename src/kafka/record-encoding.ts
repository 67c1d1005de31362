/**
 * Writes a record as Kafka's protocol has it (record batch v2), in place of kafkajs' own function for it.
 *
 * kafkajs makes a zeroed buffer of 512 bytes for the record and for each of its headers, and one more for every number
 * in it: 7.7 µs for a result with its six headers, against 1.3 µs here. The bytes are the same, which a test asserts.
 */
import { createRequire } from 'node:module';
import type { IHeaders } from 'kafkajs';

interface Encodable {
  readonly offsetDelta?: number;
  readonly timestampDelta?: number;
  readonly key?: Buffer | string | null;
  readonly value: Buffer | string | null;
  readonly headers?: IHeaders;
}

type Field = Buffer | string | null | undefined;

/** Seven bits a byte, signs folded in: 0, -1, 1, -2 … are 0, 1, 2, 3 … */
const VARINT_BITS = 128;

/** What kafkajs takes for one of its encoders. */
class RecordBytes {
  readonly buf: Buffer;
  #at = 0;

  constructor(size: number) {
    this.buf = Buffer.allocUnsafe(size);
  }

  get buffer(): Buffer {
    return this.buf;
  }

  byte(value: number): void {
    this.buf[this.#at] = value;
    this.#at += 1;
  }

  varint(value: number): void {
    let rest = folded(value);
    while (rest >= VARINT_BITS) {
      this.byte((rest % VARINT_BITS) + VARINT_BITS);
      rest = Math.floor(rest / VARINT_BITS);
    }
    this.byte(rest);
  }

  field(field: Field, length: number): void {
    this.varint(length);
    if (field === null || field === undefined) return;
    if (typeof field === 'string') this.buf.write(field, this.#at, length);
    else field.copy(this.buf, this.#at);
    this.#at += length;
  }
}

export function encodeRecord(record: Encodable): RecordBytes {
  const { offsetDelta = 0, timestampDelta = 0, key, value, headers = {} } = record;
  const fields: Field[] = [key, value];
  for (const [name, header] of Object.entries(headers)) {
    if (Array.isArray(header)) for (const one of header) fields.push(name, one);
    else fields.push(name, header);
  }
  const headerCount = fields.length / 2 - 1;
  const lengths = fields.map(lengthOf);
  const [keyLength = -1, valueLength = -1] = lengths;
  let size = 1 + varintSize(timestampDelta) + varintSize(offsetDelta) + varintSize(headerCount);
  for (const length of lengths) size += varintSize(length) + Math.max(0, length);
  const bytes = new RecordBytes(varintSize(size) + size);
  bytes.varint(size);
  bytes.byte(0);
  bytes.varint(timestampDelta);
  bytes.varint(offsetDelta);
  bytes.field(key, keyLength);
  bytes.field(value, valueLength);
  bytes.varint(headerCount);
  for (let index = 2; index < fields.length; index += 1) bytes.field(fields[index], lengths[index] ?? -1);
  return bytes;
}

/** kafkajs loads its encoders with the first record it sends, so this must come before. */
export function useOwnRecordEncoding(): void {
  const require = createRequire(import.meta.url);
  const path = require.resolve('kafkajs/src/protocol/recordBatch/record/v0');
  require(path);
  const loaded = require.cache[path];
  if (loaded) loaded.exports = encodeRecord;
}

function folded(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = folded(value); rest >= VARINT_BITS; rest = Math.floor(rest / VARINT_BITS)) size += 1;
  return size;
}

function lengthOf(field: Field): number {
  return field === null || field === undefined ? -1 : Buffer.byteLength(field);
}
