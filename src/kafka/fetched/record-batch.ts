/** Reads the head of a record batch of message format 2 (KIP-98). Its records, which may be packed, are left to others. */
import { crc32c } from '@node-rs/crc32';
import { BatchFault } from './batch-fault.ts';
import { exact } from './byte-reader.ts';
import type { Entry } from './log-entries.ts';

/** Places of the fields, counted from the beginning of the entry. */
const AT = {
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  count: 57,
  records: 61,
};
const FLAG = { logAppendTime: 0x08, transactional: 0x10, control: 0x20 };

export interface BatchHead {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly attributes: number;
  readonly transactional: boolean;
  /** True if it has markers instead of records. */
  readonly control: boolean;
  /** The broker's timestamp for all records; null if each record has its own. */
  readonly appendedAt: number | bigint | null;
  readonly baseTimestamp: number | bigint;
  readonly producerId: bigint;
  /** The number of records by the head. */
  readonly count: number;
  readonly packed: Buffer;
}

/** The last offset by the head. It may be wrong if the checksum is wrong. Null if the head is not complete. */
export function claimedLastOffset({ offset, bytes }: Entry): number | null {
  return bytes.length < AT.records ? null : offset + bytes.readInt32BE(AT.lastOffsetDelta);
}

export function maxTimestamp({ bytes }: Entry): number | bigint {
  return bytes.length < AT.records ? -1 : exact(bytes.readBigInt64BE(AT.maxTimestamp));
}

/** @throws BatchFault */
export function readHead(entry: Entry): BatchHead {
  const { bytes, offset: baseOffset } = entry;
  if (bytes.length < AT.records) throw new BatchFault('it is shorter than the head of a batch');
  if (crc32c(bytes.subarray(AT.attributes)) !== bytes.readUInt32BE(AT.crc))
    throw new BatchFault('its checksum is wrong: it was damaged after it was written');
  const attributes = bytes.readInt16BE(AT.attributes);
  const lastOffset = baseOffset + bytes.readInt32BE(AT.lastOffsetDelta);
  const count = bytes.readInt32BE(AT.count);
  if (lastOffset < baseOffset || count < 0) throw new BatchFault('it says that it ends before it begins');
  return {
    baseOffset,
    lastOffset,
    attributes,
    transactional: (attributes & FLAG.transactional) !== 0,
    control: (attributes & FLAG.control) !== 0,
    appendedAt: (attributes & FLAG.logAppendTime) === 0 ? null : maxTimestamp(entry),
    baseTimestamp: exact(bytes.readBigInt64BE(AT.baseTimestamp)),
    producerId: bytes.readBigInt64BE(AT.producerId),
    count,
    packed: bytes.subarray(AT.records),
  };
}
