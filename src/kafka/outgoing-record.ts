/** A record that is to be published, and who wants to know when it is. */
import type { IHeaders, Message } from 'kafkajs';
import { RecordHeaders } from './record-headers.ts';

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
