/** A batch of records in message format 2 (KIP-98), up to the records in it, which may be packed. */
import { crc32c } from '@node-rs/crc32';
import { BatchFault } from './batch-fault.ts';
import { exact } from './cursor.ts';
import type { Entry } from './log-entries.ts';

/** From the beginning of the entry. */
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
  /** Of markers, not of records. */
  readonly control: boolean;
  /** The broker's, where it counts in place of that of each record. */
  readonly appendedAt: number | bigint | null;
  readonly baseTimestamp: number | bigint;
  readonly producerId: bigint;
  /** How many records it says are in it. */
  readonly count: number;
  readonly packed: Buffer;
}

/** What the head says is the offset of the last record; not to be relied on where the checksum is wrong. */
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
