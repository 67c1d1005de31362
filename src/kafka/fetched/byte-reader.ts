/**
 * Reads the numbers and fields of Kafka's records one after another, and never beyond their end. It reads them as the Java
 * client does, because brokers accept all that the Java client can read.
 */
import { BatchFault } from './batch-fault.ts';

const MORE = 0x80;
const INT_BITS_AT_MOST = 28;
const LONG_BYTES_AT_MOST = 10;
/** A number of this many bytes, with 7 bits each, is exact in JavaScript. */
const EXACT_BYTES = 7;

export class ByteReader {
  readonly bytes: Buffer;
  at = 0;
  end: number;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.end = bytes.length;
  }

  skip(length: number): void {
    if (length > this.end - this.at) throw new BatchFault('a length leads beyond the end of its record');
    this.at += length;
  }

  /** A zigzag number of 32 bits. */
  varint(): number {
    const byte = this.#byte();
    if (byte < MORE) return (byte >>> 1) ^ -(byte & 1);
    let value = byte & ~MORE;
    for (let shift = 7; ; shift += 7) {
      if (shift > INT_BITS_AT_MOST) throw new BatchFault('a number of 32 bits has more than 5 bytes');
      const next = this.#byte();
      value |= (next & ~MORE) << shift;
      if (next < MORE) return (value >>> 1) ^ -(value & 1);
    }
  }

  /** A zigzag number of 64 bits. It is a bigint if a number would not be exact. */
  varlong(): number | bigint {
    const from = this.at;
    let value = 0;
    for (let factor = 1, count = 0; count < EXACT_BYTES; count += 1, factor *= MORE) {
      const byte = this.#byte();
      value += (byte & ~MORE) * factor;
      if (byte < MORE) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    this.at = from;
    return this.#longVarlong();
  }

  /** Null if the length is negative. */
  field(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    const from = this.at;
    this.skip(length);
    return this.bytes.subarray(from, this.at);
  }

  /** As `field`, but the length has four bytes. */
  sizedField(): Buffer | null {
    const from = this.at;
    this.skip(4);
    const length = this.bytes.readInt32BE(from);
    if (length < 0) return null;
    this.skip(length);
    return this.bytes.subarray(from + 4, this.at);
  }

  #longVarlong(): number | bigint {
    let value = 0n;
    for (let count = 0n; count < LONG_BYTES_AT_MOST; count += 1n) {
      const byte = this.#byte();
      value |= BigInt(byte & ~MORE) << (7n * count);
      if (byte < MORE) return exact(BigInt.asIntN(64, (BigInt.asUintN(64, value) >> 1n) ^ -(value & 1n)));
    }
    throw new BatchFault('a number of 64 bits has more than 10 bytes');
  }

  #byte(): number {
    if (this.at >= this.end) throw new BatchFault('it ends within a record');
    return this.bytes[this.at++] ?? 0;
  }
}

/** The value as a number if that is exact, else as a bigint. */
export function exact(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** The sum of two numbers of 64 bits. It wraps around at 64 bits. */
export function sum(a: number | bigint, b: number | bigint): number | bigint {
  if (typeof a === 'number' && typeof b === 'number') {
    const plain = a + b;
    if (Number.isSafeInteger(plain)) return plain;
  }
  return exact(BigInt.asIntN(64, BigInt(a) + BigInt(b)));
}
