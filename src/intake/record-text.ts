/** The text of a record's value, key and headers: strict UTF-8, so that what is passed on is what was sent. */
import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import type { LogRecord } from '../kafka/log-record.ts';
import type { RecordHeaders } from '../kafka/record-headers.ts';
import { Undecodable } from './undecodable.ts';

const BYTE_ORDER_MARK = '\uFEFF';

/** First byte of the schema-registry wire format, followed by a four-byte schema id. */
const SCHEMA_REGISTRY_MAGIC = 0;

/** The parsed value, and its text without a byte order mark. @throws Undecodable */
export function parseValue(value: Buffer | null): { text: string; json: unknown } {
  if (value === null) throw new Undecodable('empty', 'the record has no value (a tombstone)');
  if (value[0] === SCHEMA_REGISTRY_MAGIC) {
    throw new Undecodable(
      'unsupported_format',
      'the value begins with a zero byte, as schema-registry serialisers write; plain JSON is needed',
    );
  }
  const text = decodeUtf8(value);
  try {
    return { text, json: JSON.parse(text) as unknown };
  } catch (error) {
    throw new Undecodable('invalid_json', error instanceof Error ? error.message : String(error));
  }
}

function decodeUtf8(value: Buffer): string {
  if (!isUtf8(value)) throw new Undecodable('invalid_utf8', 'the value is not valid UTF-8 text');
  const text = value.toString();
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}

/**
 * The record's timestamp as ISO 8601; one that no date can hold (brokers take any number) as the number it is.
 */
export function recordTime({ timestamp }: LogRecord): string {
  const time = new Date(Number(timestamp));
  return Number.isNaN(time.getTime()) ? String(timestamp) : time.toISOString();
}

/** No text of a key begins with these. */
const KEY_BYTES = '\0bytes:';
const KEY_HASH = '\0sha256:';
/** Longer keys are known by their hash: each webhook's lane and each line of deliveries that wait has the key once more. */
const MAX_KEY_BYTES = 256;

/**
 * What keys that differ in any byte differ in, too: a key's text, or its bytes in hex where they are no text. That of a
 * text is that of its bytes.
 */
export function orderKey(key: Buffer | string): string {
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) return KEY_HASH + hash('sha256', key, 'hex');
  if (typeof key !== 'string' && !isUtf8(key)) return KEY_BYTES + key.toString('hex');
  const text = key.toString();
  return text.startsWith('\0') ? KEY_BYTES + Buffer.from(text).toString('hex') : text;
}

/** The headers that mean something to the service, of any case where clients write any. */
const MEANT = [
  'content-type',
  'ce_specversion',
  'ce_id',
  'ce_source',
  'ce_type',
  'ce_time',
  'traceparent',
  'tracestate',
] as const;
type Meant = (typeof MEANT)[number];

export type MeantHeaders = Readonly<Partial<Record<Meant, string | undefined>>>;

const LENGTHS: ReadonlySet<number> = new Set(MEANT.map((name) => name.length));
const NONE: MeantHeaders = {};

/** Their texts; of a repeated header the last, as Kafka's own `lastHeader` takes it, but for those of a trace. */
export function meantHeaders(headers: RecordHeaders): MeantHeaders {
  if (headers.count === 0) return NONE;
  const texts: Partial<Record<Meant, string | undefined>> = {};
  headers.visit(LENGTHS, (name, value) => {
    const meant = MEANT.find((one) => one === name || (one === 'content-type' && name.toLowerCase() === one));
    if (meant !== undefined) texts[meant] = ofRepeated(meant, texts[meant], value?.toString());
  });
  return texts;
}

/** Longer than any `tracestate` that is passed on. */
const LONG_STATE = 1_024;

/** What a header says that was there before, and is there again (W3C Trace Context section 3.3.1.1 for `tracestate`). */
function ofRepeated(name: Meant, before: string | undefined, text: string | undefined): string | undefined {
  if (before === undefined || (name !== 'traceparent' && name !== 'tracestate')) return text;
  if (text === undefined || text.trim() === '') return before;
  if (name === 'traceparent') return before === text ? text : TWO_PARENTS;
  return before.trim() === '' ? text : before.length > LONG_STATE ? before : `${before},${text}`;
}

/** Nobody knows which one is meant. */
const TWO_PARENTS = 'two that differ';
