/** Reads the value, the key and the headers of a record as text. The value must be valid UTF-8: it is passed on unchanged. */
import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import type { LogRecord } from '../kafka/log-record.ts';
import type { RecordHeaders } from '../kafka/record-headers.ts';
import { USER_MEMBERS } from '../model/event.ts';
import { outlineOf, type Asked } from './json-outline.ts';
import { Undecodable } from './undecodable.ts';

const BYTE_ORDER_MARK = '\uFEFF';

/** The first byte of the wire format of schema registries. A schema id of four bytes follows it. */
const SCHEMA_REGISTRY_MAGIC = 0;

/** For smaller values `JSON.parse` is faster. What it builds of one takes a few milliseconds at most. */
const LARGE_CHARACTERS = 64 * 1024;
const USER = asked(USER_MEMBERS);
/** Of a large value only these are built: the members of native events and CloudEvents, and of users. */
const READ_OF_LARGE = {
  ...USER,
  ...asked(['id', 'type', 'timestamp', 'specversion', 'source', 'time', 'data_base64']),
  data: USER,
};

/**
 * The parsed value, and its text without a byte order mark. Of a large value only the members that an event has by name are
 * built. @throws Undecodable
 */
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
    const json: unknown = text.length > LARGE_CHARACTERS ? outlineOf(text, READ_OF_LARGE) : JSON.parse(text);
    return { text, json };
  } catch (error) {
    throw new Undecodable('invalid_json', error instanceof Error ? error.message : String(error));
  }
}

function asked(names: readonly string[]): Asked {
  return Object.fromEntries(names.map((name) => [name, null]));
}

function decodeUtf8(value: Buffer): string {
  if (!isUtf8(value)) throw new Undecodable('invalid_utf8', 'the value is not valid UTF-8 text');
  const text = value.toString();
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}

/** The record's timestamp as ISO 8601. Brokers take any number; if it is too large for a date, it is given as a number. */
export function recordTime({ timestamp }: LogRecord): string {
  const time = new Date(Number(timestamp));
  return Number.isNaN(time.getTime()) ? String(timestamp) : time.toISOString();
}

/** Order keys that are the text of a key never begin with these. */
const KEY_BYTES = '\0bytes:';
const KEY_HASH = '\0sha256:';
/** Longer keys are hashed: each lane and each line of waiting deliveries keeps the order key in memory. */
const MAX_KEY_BYTES = 256;

/**
 * @returns a text that differs for keys that differ in any byte: the key's text, or its bytes in hexadecimal if it is not
 * valid UTF-8. A text and its bytes give the same order key.
 */
export function orderKey(key: Buffer | string): string {
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) return KEY_HASH + hash('sha256', key, 'hex');
  if (typeof key !== 'string' && !isUtf8(key)) return KEY_BYTES + key.toString('hex');
  const text = key.toString();
  return text.startsWith('\0') ? KEY_BYTES + Buffer.from(text).toString('hex') : text;
}

/** The headers that the service reads. Only `content-type` is found in any case, because clients differ there. */
const KNOWN = [
  'content-type',
  'ce_specversion',
  'ce_id',
  'ce_source',
  'ce_type',
  'ce_time',
  'traceparent',
  'tracestate',
] as const;
type KnownHeader = (typeof KNOWN)[number];

export type KnownHeaders = Readonly<Partial<Record<KnownHeader, string | undefined>>>;

const LENGTHS: ReadonlySet<number> = new Set(KNOWN.map((name) => name.length));
const NONE: KnownHeaders = {};

/** The texts of the known headers. Of a repeated header the last counts, as in Kafka's `lastHeader`, except for traces. */
export function knownHeaders(headers: RecordHeaders): KnownHeaders {
  if (headers.count === 0) return NONE;
  const texts: Partial<Record<KnownHeader, string | undefined>> = {};
  headers.visit(LENGTHS, (name, value) => {
    const known = KNOWN.find((one) => one === name || (one === 'content-type' && name.toLowerCase() === one));
    if (known !== undefined) texts[known] = ofRepeated(known, texts[known], value?.toString());
  });
  return texts;
}

/** A longer `tracestate` is not passed on, so nothing more is added to it. */
const LONG_STATE = 1_024;

/** The value of a header that is repeated. `tracestate` headers are joined (W3C Trace Context section 3.3.1.1). */
function ofRepeated(
  name: KnownHeader,
  before: string | undefined,
  text: string | undefined,
): string | undefined {
  if (before === undefined || (name !== 'traceparent' && name !== 'tracestate')) return text;
  if (text === undefined || text.trim() === '') return before;
  if (name === 'traceparent') return before === text ? text : TWO_PARENTS;
  return before.trim() === '' ? text : before.length > LONG_STATE ? before : `${before},${text}`;
}

/** Not a valid `traceparent`, so none is passed on: nobody knows which of the two is meant. */
const TWO_PARENTS = 'two that differ';
