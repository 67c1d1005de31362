/** The text of a record's value and headers: strict UTF-8, so that what is passed on is what was sent. */
import { isUtf8 } from 'node:buffer';
import type { IHeaders, KafkaMessage } from 'kafkajs';
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
export function recordTime(record: KafkaMessage): string {
  const time = new Date(Number(record.timestamp));
  return Number.isNaN(time.getTime()) ? record.timestamp : time.toISOString();
}

/** A header's text by its exact name; of a repeated header the last, as Kafka's own `lastHeader` takes it. */
export function headerText(headers: IHeaders | undefined, name: string): string | undefined {
  const header = headers?.[name];
  const value = Array.isArray(header) ? header.at(-1) : header;
  return value?.toString();
}

/** The texts of a header that may be repeated, in order, but for those that are null. */
export function headerTexts(headers: IHeaders | undefined, name: string): string[] {
  const header = headers?.[name];
  if (header === undefined) return [];
  const values: readonly (Buffer | string | null)[] = Array.isArray(header) ? header : [header];
  return values.filter((value) => value !== null).map((value) => value.toString());
}

/** As `headerText`, for names that clients write in any case, such as `content-type`. */
export function headerTextAnyCase(headers: IHeaders | undefined, name: string): string | undefined {
  if (!headers) return undefined;
  const found = Object.keys(headers).find((candidate) => candidate.toLowerCase() === name);
  return found === undefined ? undefined : headerText(headers, found);
}
