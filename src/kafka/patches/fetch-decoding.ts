/**
 * Replaces kafkajs' decoding of fetched records. The bytes of a partition stay as they came, and `fetched/` reads them later
 * in portions. `FetchedBatch` replaces kafkajs' `Batch`, and has only these bytes. So kafkajs hands over every answer, even
 * one without a record.
 */
import type { AbortedTransaction } from '../fetched/aborted-transactions.ts';
import type { Fetched } from '../fetched/partition-reader.ts';

interface Decoder {
  readInt32(): number;
  readBytes(length: number): Buffer;
}

const NOTHING = Buffer.alloc(0);

/** Replaces kafkajs' decoders of batches and of message sets. */
export function takeRecords(decoder: Decoder): Promise<Buffer> {
  const length = decoder.readInt32();
  return Promise.resolve(length > 0 ? decoder.readBytes(length) : NOTHING);
}

/** A broker's answer about one partition. */
export interface PartitionData {
  readonly partition: number;
  readonly highWatermark: string;
  /** The oldest versions of the protocol do not have it. */
  readonly abortedTransactions?: readonly AbortedTransaction[];
  /** What `takeRecords` has returned. */
  readonly messages: Buffer;
}

/**
 * Replaces kafkajs' `Batch`, with the methods that its runner calls. The code that runs the consumer reads the bytes, and
 * tells kafkajs how far it has read. kafkajs sees no records and never moves on by itself.
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

  /** Only the reader of the bytes can know that. */
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
