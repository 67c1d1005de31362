import type { KafkaMessage } from 'kafkajs';

/** Some records of one partition, in offset order. */
export interface RecordBatch {
  readonly partition: number;
  readonly records: readonly KafkaMessage[];
  /** Where the batch ends; later than the last record's offset where records were compacted or are control records. */
  readonly lastOffset: string;
}
