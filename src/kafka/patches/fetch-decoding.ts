/**
 * Leaves what was fetched of a partition as the bytes that came, in place of kafkajs' decoding of it: they are read
 * later, in portions, by `fetched/`. And a batch of kafkajs that is no more than these bytes, so that it hands over
 * whatever came, also where no record is in it.
 */
import type { AbortedTransaction } from '../fetched/aborted-transactions.ts';
import type { Fetched } from '../fetched/partition-reader.ts';

interface Decoder {
  readInt32(): number;
  readBytes(length: number): Buffer;
}

const NOTHING = Buffer.alloc(0);

/** In place of kafkajs' decoders of batches and of message sets. */
export function takeRecords(decoder: Decoder): Promise<Buffer> {
  const length = decoder.readInt32();
  return Promise.resolve(length > 0 ? decoder.readBytes(length) : NOTHING);
}

/** What a broker answers of a partition. */
export interface PartitionData {
  readonly partition: number;
  readonly highWatermark: string;
  /** Not in the oldest versions of the protocol. */
  readonly abortedTransactions?: readonly AbortedTransaction[];
  /** Where kafkajs puts what the decoder answers. */
  readonly messages: Buffer;
}

/**
 * In place of kafkajs' `Batch`; the methods are those that its runner calls. Whoever runs a consumer reads the bytes, and
 * says how far: kafkajs sees no records, and does not move on by itself.
 */
export class FetchedBatch implements Fetched {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly highWatermark: number;
  readonly abortedTransactions: readonly AbortedTransaction[];
  readonly bytes: Buffer;
  readonly messages: readonly never[] = [];

  constructor(topic: string, fetchedOffset: string, data: PartitionData) {
    this.topic = topic;
    this.partition = data.partition;
    this.offset = Number(fetchedOffset);
    this.highWatermark = Number(data.highWatermark);
    this.abortedTransactions = data.abortedTransactions ?? [];
    this.bytes = data.messages;
  }

  isEmpty(): boolean {
    return this.bytes.length === 0;
  }

  /** What it is empty of is found out by whoever reads it. */
  isEmptyDueToFiltering(): boolean {
    return false;
  }

  firstOffset(): string {
    return String(this.offset);
  }

  lastOffset(): string {
    return String(this.offset - 1);
  }

  offsetLag(): string {
    return String(this.highWatermark - 1 - this.offset);
  }

  offsetLagLow(): string {
    return this.offsetLag();
  }
}
