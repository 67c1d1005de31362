/**
 * Guesses what the producer of an unreadable record probably meant. The answer is a sentence that says what to do instead, so
 * that the dead letter explains frequent mistakes. It looks at little of a large record, never throws, and quotes nothing.
 */
import { isUtf8 } from 'node:buffer';
import type { LogRecord } from '../kafka/log-record.ts';
import type { RecordHeaders } from '../kafka/record-headers.ts';

/** Larger values are not parsed a second time. */
const PARSED_BYTES = 64 * 1024;
const BEGINNING_BYTES = 64;
/** With more headers, none is looked at. */
const LOOKED_AT_HEADERS = 100;

const ONE_EACH = 'send each event as a record of its own';
const PLAIN_JSON = 'plain JSON is needed';

/** First bytes by which a format is recognised. */
const MAGIC: readonly (readonly [hex: string, meant: string])[] = [
  ['4f626a01', `the value is an Avro file; ${PLAIN_JSON}`],
  ['1f8b', 'the value is gzip; let the client compress its batches instead (compression.type)'],
  ['28b52ffd', 'the value is zstd; let the client compress its batches instead (compression.type)'],
  ['fffe', 'the value is UTF-16 text; JSON must be UTF-8'],
  ['feff', 'the value is UTF-16 text; JSON must be UTF-8'],
  ['7b00', 'the value is UTF-16 text; JSON must be UTF-8'],
  ['007b', 'the value is UTF-16 text; JSON must be UTF-8'],
];

/** Texts that are not JSON, by their beginning. */
const TEXTS: readonly (readonly [beginning: RegExp, meant: string])[] = [
  [/^\s*</, `the value is XML or HTML; ${PLAIN_JSON}`],
  [/^\s*\{\s*'/, 'the value has single quotes, as Python prints a dict; encode it as JSON (json.dumps)'],
  [/^\s*\{\s*\w+=/, 'the value is a map as Java prints it; encode it as JSON'],
  [/^\s*eyJ/, `the value is Base64, or a JWT; ${PLAIN_JSON}`],
  [/^\s*---/, `the value is YAML; ${PLAIN_JSON}`],
];

/** @returns null if it has no guess. */
export function probableMeaning({ value, headers }: LogRecord): string | null {
  if (value === null) return null;
  return ofHeaders(headers) ?? ofBytes(value) ?? (value.length > PARSED_BYTES ? null : ofText(value));
}

function ofHeaders(headers: RecordHeaders): string | null {
  if (headers.count > LOOKED_AT_HEADERS) return null;
  const all = [...headers];
  const names = all.map(([name]) => name);
  const attributes = names.filter((name) => /^(?:ce|cloudEvents)[-_:]/i.test(name));
  if (attributes.some((name) => !/^ce_[a-z0-9]+$/.test(name)))
    return 'in Kafka the headers of a CloudEvent are spelt ce_id, ce_source and so on, not ce-id as over HTTP';
  if (attributes.length > 0 && !names.includes('ce_specversion'))
    return 'a CloudEvent needs the header ce_specversion as well';
  const mediaTypes = all.filter(([name]) => /^content[_.]?type$/i.test(name));
  return mediaTypes.some(([, value]) => value?.toString().startsWith('application/cloudevents'))
    ? 'the media type must be in a header named content-type, with a hyphen'
    : null;
}

function ofBytes(value: Buffer): string | null {
  const hex = value.toString('hex', 0, 4);
  const magic = MAGIC.find(([beginning]) => hex.startsWith(beginning));
  if (magic) return magic[1];
  const binary = value.subarray(0, BEGINNING_BYTES).some((byte) => byte < 0x20 && !isBlank(byte));
  return binary || !isUtf8(value)
    ? `the value looks binary, as Avro, Protobuf or MessagePack without a schema registry do; ${PLAIN_JSON}`
    : null;
}

/** Tab, line feed, carriage return. */
function isBlank(byte: number): boolean {
  return byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

function ofText(value: Buffer): string | null {
  const text = value.toString();
  const json = parsed(text);
  if (json !== undefined) return ofJson(json);
  const first = parsed(text.trimStart().split('\n', 1)[0] ?? '');
  if (typeof first === 'object' && first !== null) return `the value is several lines of JSON; ${ONE_EACH}`;
  return ofWords(text);
}

function ofWords(text: string): string | null {
  return TEXTS.find(([beginning]) => beginning.test(text))?.[1] ?? null;
}

function ofJson(json: unknown): string | null {
  if (Array.isArray(json)) return `the value is a list; ${ONE_EACH}`;
  if (typeof json === 'string') {
    const within = parsed(json);
    return typeof within === 'object' && within !== null
      ? 'the value is JSON within a JSON string: it was encoded twice'
      : ofWords(json);
  }
  return typeof json === 'object' && json !== null ? ofObject(json) : null;
}

function ofObject(json: object): string | null {
  const inner: unknown = 'payload' in json ? json.payload : null;
  const changed = typeof inner === 'object' && inner !== null ? inner : json;
  if ('op' in changed && ('before' in changed || 'after' in changed)) {
    return 'the value is a change event of Debezium; send the events of an outbox table instead (its outbox event router)';
  }
  if ('schema' in json && 'payload' in json) {
    return 'the value is an envelope of Kafka Connect; set value.converter.schemas.enable=false';
  }
  if ('specversion' in json && !('timestamp' in json))
    return 'a CloudEvent as a whole needs the header content-type: application/cloudevents+json';
  return null;
}

/** @returns undefined if the text is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
