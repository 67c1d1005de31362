/** A record as the service reads it from a log, with what a test says of it. */
import type { LogRecord } from '../../src/kafka/log-record.ts';
import { RecordHeaders } from '../../src/kafka/record-headers.ts';

type Text = Buffer | string | null;
/** By name, with a list where a name is repeated, or in order. */
type Headers =
  Readonly<Record<string, Text | readonly Text[] | undefined>> | readonly (readonly [string, Text])[];

interface Values extends Partial<Omit<LogRecord, 'key' | 'value' | 'headers'>> {
  readonly key?: Text;
  readonly value?: Text;
  readonly headers?: Headers;
}

export function logRecord({ key = null, value = null, headers = {}, ...values }: Values = {}): LogRecord {
  const bytes = { key: bytesOf(key), value: bytesOf(value) };
  const size = (bytes.key?.length ?? 0) + (bytes.value?.length ?? 0);
  return {
    offset: 0,
    timestamp: 0,
    unread: null,
    size,
    ...values,
    ...bytes,
    headers: recordHeaders(headers),
  };
}

export function recordHeaders(headers: Headers): RecordHeaders {
  return RecordHeaders.of(isList(headers) ? headers : Object.entries(headers).flatMap(pairs));
}

function isList(headers: Headers): headers is readonly (readonly [string, Text])[] {
  return Array.isArray(headers);
}

function pairs([name, value]: [string, Text | readonly Text[] | undefined]): (readonly [string, Text])[] {
  if (value === undefined) return [];
  const values: readonly Text[] = Array.isArray(value) ? (value as readonly Text[]) : [value as Text];
  return values.map((one) => [name, one]);
}

function bytesOf(text: Text): Buffer | null {
  return text === null ? null : Buffer.from(text as string);
}
