/** Writes the bytes of a request of Kafka's protocol: numbers, texts and record batches (format 2). */
import { gzipSync } from 'node:zlib';
import { crc32c } from '@node-rs/crc32';
import type { IHeaders } from 'kafkajs';
import { RecordHeaders } from '../record-headers.ts';

export interface OutgoingMessage {
  readonly key?: Buffer | string | null;
  readonly value: Buffer | string | null;
  readonly headers?: IHeaders | RecordHeaders;
  readonly timestamp?: string;
}

/** About how many bytes the record takes in a batch. */
export function recordBytes({ key, value, headers = RecordHeaders.none }: OutgoingMessage): number {
  let bytes = (key?.length ?? 0) + (value?.length ?? 0);
  if (headers instanceof RecordHeaders) return bytes + headers.bytes.length;
  for (const name in headers) {
    const header = headers[name];
    if (!Array.isArray(header)) bytes += name.length + (header?.length ?? 0);
    else for (const one of header) bytes += name.length + one.length;
  }
  return bytes;
}

type Field = Buffer | string | null | undefined;

const FIRST_BYTES = 64 * 1024;
const MAGIC = 2;
/** A varint has seven bits in each byte. Signs are folded in (zigzag): 0, -1, 1, -2 … become 0, 1, 2, 3 … */
const VARINT_BITS = 128;
const VARINT_BYTES_AT_MOST = 9;
/** Shorter texts are mostly ASCII. Then their length takes one byte, and a loop costs less than a call. */
const SHORT = 64;
const ASCII = 128;
/** How many bytes the length of a record usually takes. */
const USUAL_LENGTH_BYTES = 2;

/** In the attributes of a batch: how its records are packed. */
export const NOT_PACKED = 0;
export const GZIP = 1;
/** This level finds repeated text as well, in a third of the time. */
const GZIP_LEVEL = 1;

/** It has the members of kafkajs' encoder that kafkajs uses. */
export class RequestBytes {
  buf = Buffer.allocUnsafe(FIRST_BYTES);
  #at = 0;

  get buffer(): Buffer {
    return this.buf.subarray(0, this.#at);
  }

  int8(value: number): void {
    this.#ensure(1);
    this.#at = this.buf.writeInt8(value, this.#at);
  }

  int16(value: number): void {
    this.#ensure(2);
    this.#at = this.buf.writeInt16BE(value, this.#at);
  }

  int32(value: number): void {
    this.#ensure(4);
    this.#at = this.buf.writeInt32BE(value, this.#at);
  }

  int64(value: bigint): void {
    this.#ensure(8);
    this.#at = this.buf.writeBigInt64BE(value, this.#at);
  }

  text(text: string | null): void {
    if (text === null) {
      this.int16(-1);
      return;
    }
    const length = Buffer.byteLength(text);
    this.int16(length);
    this.#put(text, length);
  }

  /** Writes the length in bytes of what `write` writes, and then that. */
  sized(write: () => void): void {
    this.int32(0);
    const from = this.#at;
    write();
    this.buf.writeInt32BE(this.#at - from, from - 4);
  }

  batch(
    records: readonly OutgoingMessage[],
    producer: { id: bigint; epoch: number; firstSequence: number },
    now: bigint,
    packed: typeof NOT_PACKED | typeof GZIP = NOT_PACKED,
  ): void {
    this.int64(0n);
    this.sized(() => {
      this.int32(0);
      this.int8(MAGIC);
      this.#checked(() => {
        this.int16(packed);
        this.int32(records.length - 1);
        this.int64(now);
        this.int64(now);
        this.int64(producer.id);
        this.int16(producer.epoch);
        this.int32(producer.firstSequence);
        this.int32(records.length);
        const from = this.#at;
        for (const [index, record] of records.entries()) this.#record(record, index);
        if (packed === GZIP) this.#pack(from);
      });
    });
  }

  #pack(from: number): void {
    const packed = gzipSync(this.buf.subarray(from, this.#at), { level: GZIP_LEVEL });
    this.#at = from;
    this.#bytes(packed);
  }

  /** Writes the checksum of what `write` writes, and then that. */
  #checked(write: () => void): void {
    this.int32(0);
    const from = this.#at;
    write();
    this.buf.writeUInt32BE(crc32c(this.buf.subarray(from, this.#at)), from - 4);
  }

  #record({ key, value, headers = RecordHeaders.none }: OutgoingMessage, offsetDelta: number): void {
    const start = this.#at;
    this.#ensure(VARINT_BYTES_AT_MOST);
    const from = start + USUAL_LENGTH_BYTES;
    this.#at = from;
    this.int8(0);
    this.#varint(0);
    this.#varint(offsetDelta);
    this.#field(key);
    this.#field(value);
    this.#headers(headers);
    const size = this.#at - from;
    const lengthBytes = varintSize(size);
    if (lengthBytes !== USUAL_LENGTH_BYTES) {
      this.#ensure(VARINT_BYTES_AT_MOST);
      this.buf.copyWithin(start + lengthBytes, from, this.#at);
    }
    this.#at = start;
    this.#varint(size);
    this.#at += size;
  }

  #headers(headers: IHeaders | RecordHeaders): void {
    if (headers instanceof RecordHeaders) {
      this.#varint(headers.count);
      this.#bytes(headers.bytes);
      return;
    }
    let count = 0;
    for (const name in headers) {
      const header = headers[name];
      count += Array.isArray(header) ? header.length : 1;
    }
    this.#varint(count);
    for (const name in headers) {
      const header = headers[name];
      for (const one of Array.isArray(header) ? header : [header]) {
        this.#field(name);
        this.#field(one);
      }
    }
  }

  #field(field: Field): void {
    if (field === null || field === undefined) this.#varint(-1);
    else if (typeof field !== 'string') {
      this.#varint(field.length);
      this.#bytes(field);
    } else if (field.length >= SHORT || !this.#shortAscii(field)) {
      const length = Buffer.byteLength(field);
      this.#varint(length);
      this.#put(field, length);
    }
  }

  /** Writes a short text with its length. @returns false, and writes nothing, if the text is not ASCII. */
  #shortAscii(text: string): boolean {
    this.#ensure(1 + SHORT);
    const { buf } = this;
    let to = this.#at + 1;
    for (let index = 0; index < text.length; index += 1) {
      const code = text.charCodeAt(index);
      if (code >= ASCII) return false;
      buf[to] = code;
      to += 1;
    }
    buf[this.#at] = folded(text.length);
    this.#at = to;
    return true;
  }

  #varint(value: number): void {
    this.#ensure(VARINT_BYTES_AT_MOST);
    let rest = folded(value);
    while (rest >= VARINT_BITS) {
      this.#byte((rest % VARINT_BITS) + VARINT_BITS);
      rest = Math.floor(rest / VARINT_BITS);
    }
    this.#byte(rest);
  }

  #byte(value: number): void {
    this.buf[this.#at] = value;
    this.#at += 1;
  }

  #bytes(bytes: Buffer): void {
    this.#ensure(bytes.length);
    this.#at += bytes.copy(this.buf, this.#at);
  }

  #put(text: string, length: number): void {
    this.#ensure(length);
    this.buf.write(text, this.#at, length);
    this.#at += length;
  }

  #ensure(bytes: number): void {
    const wanted = this.#at + bytes;
    if (wanted <= this.buf.length) return;
    const larger = Buffer.allocUnsafe(Math.max(wanted, 2 * this.buf.length));
    this.buf.copy(larger, 0, 0, this.#at);
    this.buf = larger;
  }
}

function folded(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = folded(value); rest >= VARINT_BITS; rest = Math.floor(rest / VARINT_BITS)) size += 1;
  return size;
}
