/** A dead letter as its topic has it: the original record, and what the service added. Pure. */
import { isUtf8 } from 'node:buffer';
import type { LogRecord } from '../kafka/log-record.ts';
import type { RecordHeaders } from '../kafka/record-headers.ts';
import { type Header } from '../kafka/record-headers.ts';
import { DEAD_LETTER_REASONS, type DeadLetterReason } from '../intake/undecodable.ts';

const OWN = ['topic', 'partition', 'offset', 'last_offset', 'reason', 'message', 'timestamp', 'value_omitted_bytes', 'headers_omitted_bytes', 'key_omitted_bytes'] as const; // prettier-ignore
type Own = (typeof OWN)[number];
const OWN_LENGTHS: ReadonlySet<number> = new Set(OWN.map((name) => `dlq.${name}`.length));
/** Headers of ours, and those of an earlier dead letter that was sent back with them. */
const OURS = /^(?:original\.)*dlq\./;

/** Where the record was read from. */
export interface LetterSource {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

export interface Letter {
  readonly record: LogRecord;
  /** Null if the record is not from this service, or cannot be read. */
  readonly reason: DeadLetterReason | null;
  readonly message: string | null;
  readonly source: LetterSource | null;
  readonly lastOffset: string | null;
  /** As `dlq.timestamp` says it. */
  readonly sourceTime: string | null;
  /** For each part that the topic had no room for: its length. */
  readonly omitted: Readonly<Record<'key' | 'value' | 'headers', number>>;
}

export function letterOf(record: LogRecord): Letter {
  const own = ownHeaders(record.headers);
  const [topic, partition, offset] = [own.topic, own.partition, own.offset];
  const isKnown =
    topic !== undefined && /^\d{1,10}$/.test(partition ?? '') && /^\d{1,16}$/.test(offset ?? '');
  const reason = own.reason ?? '';
  return {
    record,
    reason: Object.hasOwn(DEAD_LETTER_REASONS, reason) ? (reason as DeadLetterReason) : null,
    message: own.message ?? record.unread?.message ?? null,
    source: isKnown ? { topic, partition: Number(partition), offset: offset ?? '' } : null,
    lastOffset: own.last_offset ?? null,
    sourceTime: own.timestamp ?? null,
    omitted: {
      key: count(own.key_omitted_bytes),
      value: count(own.value_omitted_bytes),
      headers: count(own.headers_omitted_bytes),
    },
  };
}

/** The headers of the record as it came, without any that begin with `dlq.`. */
export function* producersHeaders(headers: RecordHeaders): Generator<Header> {
  for (const header of headers) if (isProducers(header[0])) yield header;
}

export function isProducers(name: string): boolean {
  return !OURS.test(name);
}

/** Bytes as REST has them; null where there are none. */
export type Content = { readonly text: string } | { readonly base64: string };

/** @param atMost bytes; the rest is cut off, in a text between two characters. */
export function contentOf(bytes: Buffer | null, atMost = Infinity): Content | null {
  if (bytes === null) return null;
  if (!isUtf8(bytes)) return { base64: bytes.subarray(0, atMost).toString('base64') };
  let end = Math.min(bytes.length, atMost);
  while (end < bytes.length && isContinuation(bytes[end])) end -= 1;
  return { text: bytes.toString('utf8', 0, end) };
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/** Our headers come after the record's own. So of a repeated name, the last one counts. */
function ownHeaders(headers: RecordHeaders): Partial<Record<Own, string>> {
  const own: Partial<Record<Own, string>> = {};
  headers.visit(OWN_LENGTHS, (name, value) => {
    const found = OWN.find((one) => name === `dlq.${one}`);
    if (found !== undefined) own[found] = value?.toString() ?? '';
  });
  return own;
}

function count(text: string | undefined): number {
  const number = Number(text ?? 0);
  return Number.isSafeInteger(number) && number >= 0 ? number : 0;
}
