/** A record to be published: who sends it, and whether the topic refused it because of its content. */
import type { IHeaders, ProducerRecord, RecordMetadata } from 'kafkajs';
import { KafkaJSError } from './kafkajs.ts';
import type { OutgoingMessage } from './patches/request-bytes.ts';
import type { RecordHeaders } from './record-headers.ts';

/**
 * Kafka's error types for records that will be refused again. `INVALID_TIMESTAMP` is not one of them: records get the time of
 * the send. So it means that this machine's clock is wrong, which concerns all records and will pass.
 */
export const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);
const REFUSED = new Set([...TOO_LARGE, 'INVALID_RECORD', 'CORRUPT_MESSAGE']);

export interface OutgoingRecord {
  readonly key: Buffer | string | null;
  readonly value: Buffer | string | null;
  readonly headers: IHeaders | RecordHeaders;
  /** Called once, when the topic has acknowledged the record, or when the record is left out for good. */
  readonly acknowledged: () => void;
}

/** What the service uses of kafkajs' producer. `RecordHeaders` are sent as they are: `patches/produce-encoding.ts` does it. */
export interface RecordProducer {
  send(
    request: Omit<ProducerRecord, 'messages'> & {
      readonly messages: readonly (OutgoingMessage & { readonly partition?: number })[];
    },
  ): Promise<RecordMetadata[]>;
}

/** Kafka's type of the refusal; null if the error is not about the records. */
export function refusalOf(error: unknown): string | null {
  if (!(error instanceof KafkaJSError)) return null;
  const type: unknown = 'type' in error ? error.type : undefined;
  return typeof type === 'string' && REFUSED.has(type) ? type : refusalOf(error.cause);
}
