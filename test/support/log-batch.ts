/**
 * Batches as they lie in a log (message format 2), written here and not by the code under test: also such as no client
 * writes.
 */
import { crc32c } from '@node-rs/crc32';

export interface BatchRecord {
  readonly key?: Buffer | string | null;
  readonly value?: Buffer | string | null;
  /** In order; a name may repeat. */
  readonly headers?: readonly (readonly [string, Buffer | string | null])[];
  readonly offsetDelta?: number;
  readonly timestampDelta?: number | bigint;
}

export interface BatchOptions {
  readonly baseOffset?: number;
  readonly lastOffsetDelta?: number;
  readonly codec?: number;
  /** Further bits of the attributes. */
  readonly flags?: number;
  readonly baseTimestamp?: bigint;
  readonly maxTimestamp?: bigint;
  readonly producerId?: bigint;
  readonly count?: number;
  readonly pack?: (records: Buffer) => Buffer;
  readonly magic?: number;
}

export const FLAGS = { logAppendTime: 0x08, transactional: 0x10, control: 0x20, deleteHorizon: 0x40 };

/** A batch of records. */
export function batch(records: readonly BatchRecord[], options: BatchOptions = {}): Buffer {
  return batchOf(Buffer.concat(records.map(recordBytes)), { count: records.length, ...options });
}

/** A batch round whatever its records are. */
export function batchOf(records: Buffer, options: BatchOptions & { count: number }): Buffer {
  const { codec = 0, flags = 0, count, pack = (plain) => plain } = options;
  const packed = pack(records);
  const bytes = Buffer.alloc(61 + packed.length);
  bytes.writeBigInt64BE(BigInt(options.baseOffset ?? 0), 0);
  bytes.writeInt32BE(bytes.length - 12, 8);
  bytes.writeInt32BE(7, 12);
  bytes.writeInt8(options.magic ?? 2, 16);
  bytes.writeInt16BE(codec | flags, 21);
  bytes.writeInt32BE(options.lastOffsetDelta ?? count - 1, 23);
  bytes.writeBigInt64BE(options.baseTimestamp ?? 1_764_000_000_000n, 27);
  bytes.writeBigInt64BE(options.maxTimestamp ?? 1_764_000_000_999n, 35);
  bytes.writeBigInt64BE(options.producerId ?? -1n, 43);
  bytes.writeInt16BE(-1, 51);
  bytes.writeInt32BE(-1, 53);
  bytes.writeInt32BE(count, 57);
  packed.copy(bytes, 61);
  return sealed(bytes);
}

/** With the checksum that its bytes have now. */
export function sealed(bytes: Buffer): Buffer {
  bytes.writeUInt32BE(crc32c(bytes.subarray(21)), 17);
  return bytes;
}

/** The end of a transaction. */
export function marker(kind: 'abort' | 'commit', producerId: bigint, baseOffset: number): Buffer {
  const key = Buffer.from([0, 0, 0, kind === 'abort' ? 0 : 1]);
  const flags = FLAGS.transactional | FLAGS.control;
  return batch([{ key, value: Buffer.alloc(6) }], { baseOffset, producerId, flags });
}

export function recordBytes(record: BatchRecord, index = 0): Buffer {
  const { headers = [], key = null, value = null } = record;
  const body = Buffer.concat([
    Buffer.from([0]),
    varint(record.timestampDelta ?? 0),
    varint(record.offsetDelta ?? index),
    field(key),
    field(value),
    varint(headers.length),
    ...headers.flatMap(([name, header]) => [field(name), field(header)]),
  ]);
  return Buffer.concat([varint(body.length), body]);
}

export function field(bytes: Buffer | string | null): Buffer {
  if (bytes === null) return varint(-1);
  const content = Buffer.from(bytes as string);
  return Buffer.concat([varint(content.length), content]);
}

/** A zigzag number. */
export function varint(value: number | bigint): Buffer {
  const number = BigInt(value);
  const bytes: number[] = [];
  let rest = number < 0n ? -2n * number - 1n : 2n * number;
  for (; rest >= 128n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}
