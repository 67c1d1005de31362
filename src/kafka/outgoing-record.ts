/** A record on its way to a topic: what it weighs, what kafkajs gets of it, and whether a topic refused it for what it is. */
import type { IHeaders, Message } from 'kafkajs';
import { KafkaJSError } from './kafkajs.ts';
import { RecordHeaders } from './record-headers.ts';

/**
 * Kafka's types for what is wrong with the records of a request and will be the next time. `INVALID_TIMESTAMP` is none of
 * them: records get the time of the send, so it is this machine's clock that is wrong, for all of them, and until then.
 */
export const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);
const REFUSED = new Set([...TOO_LARGE, 'INVALID_RECORD', 'CORRUPT_MESSAGE']);

export interface OutgoingRecord {
  readonly key: Buffer | string | null;
  readonly value: Buffer | string | null;
  /** A list goes out as it is. */
  readonly headers: IHeaders | RecordHeaders;
  /** Called once, when the record is on the topic, or is known never to be. */
  readonly acknowledged: () => void;
}

/** kafkajs does not look at headers: `patches/produce-encoding.ts` writes them. */
export function toMessage({ key, value, headers }: OutgoingRecord): Message {
  return { key, value, headers: headers as IHeaders };
}

/** What a record weighs in a batch, near enough. */
export function recordBytes({ key, value, headers }: OutgoingRecord): number {
  let bytes = (key?.length ?? 0) + (value?.length ?? 0);
  if (headers instanceof RecordHeaders) return bytes + headers.bytes.length;
  for (const name in headers) {
    const header = headers[name];
    if (!Array.isArray(header)) bytes += name.length + (header?.length ?? 0);
    else for (const one of header) bytes += name.length + one.length;
  }
  return bytes;
}

/** Kafka's type of the refusal; null where the error says nothing of the records. */
export function refusalOf(error: unknown): string | null {
  if (!(error instanceof KafkaJSError)) return null;
  const type: unknown = 'type' in error ? error.type : undefined;
  return typeof type === 'string' && REFUSED.has(type) ? type : refusalOf(error.cause);
}
