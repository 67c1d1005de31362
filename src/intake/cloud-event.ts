/**
 * Reads CloudEvents 1.0 over Kafka (cloudevents/spec, kafka-protocol-binding), and gives the members of a native event. In
 * structured mode the value is the whole event. In binary mode the attributes are `ce_` headers, and the value is `data`.
 * Checking the members is left to the caller.
 */
import type { LogRecord } from '../kafka/log-record.ts';
import { TRIGGERS } from '../model/trigger.ts';
import { parseValue, recordTime, type KnownHeaders } from './record-text.ts';
import { compactJson, rawMember } from './raw-json.ts';
import { Undecodable } from './undecodable.ts';

const STRUCTURED = 'application/cloudevents+json';
const STRUCTURED_BATCH = 'application/cloudevents-batch';

/** An event's members before they are checked, and the text of its `data`. */
export interface EventMembers {
  readonly id: unknown;
  /** The source of a CloudEvent; null for a native event. */
  readonly source: string | null;
  readonly type: unknown;
  readonly timestamp: unknown;
  readonly data: unknown;
  readonly dataText: () => string;
}

/**
 * @param contentType in lower case. It begins as all content types of CloudEvents do.
 * @throws Undecodable
 */
export function readStructured(record: LogRecord, contentType: string): EventMembers {
  if (contentType.startsWith(STRUCTURED_BATCH)) {
    throw new Undecodable(
      'unsupported_format',
      'CloudEvents batches are not read; send each event as a record of its own',
    );
  }
  if (contentType.split(';')[0]?.trim() !== STRUCTURED) {
    throw new Undecodable(
      'unsupported_format',
      `the content-type "${contentType}" is not read; use ${STRUCTURED}`,
    );
  }
  const { text, json } = parseValue(record.value);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new Undecodable('invalid_event', 'the CloudEvent must be a JSON object');
  }
  const { specversion, id, source, type, time, data, data_base64: base64 } = json as Record<string, unknown>;
  if (base64 !== undefined && data === undefined) {
    throw new Undecodable('invalid_event', 'data must be JSON; data_base64 is not read');
  }
  if (base64 !== undefined && base64 !== null) {
    throw new Undecodable('invalid_event', 'data and data_base64 must not both be there');
  }
  return {
    id,
    source: requiredAttributes(specversion, source),
    type: trigger(type),
    timestamp: time ?? recordTime(record),
    data,
    dataText: () => compactJson(rawMember(text, 'data') ?? ''),
  };
}

/** @throws Undecodable */
export function readBinary(record: LogRecord, headers: KnownHeaders): EventMembers {
  const { text, json } = parseValue(record.value);
  return {
    id: headers.ce_id,
    source: requiredAttributes(headers.ce_specversion, headers.ce_source),
    type: trigger(headers.ce_type),
    timestamp: headers.ce_time ?? recordTime(record),
    data: json,
    dataText: () => compactJson(text),
  };
}

/** @returns the source. The id is unique within it. @throws Undecodable */
function requiredAttributes(specversion: unknown, source: unknown): string {
  if (specversion !== '1.0') {
    throw new Undecodable(
      'invalid_event',
      `specversion must be "1.0", but is ${JSON.stringify(specversion)}`,
    );
  }
  if (typeof source !== 'string' || source === '') {
    throw new Undecodable('invalid_event', 'source must be a non-empty string');
  }
  return source;
}

/** The trigger that the type names. The type is one of the four, or text that ends in "." and one of them. */
function trigger(type: unknown): unknown {
  if (typeof type !== 'string') return type;
  return TRIGGERS.find((name) => type === name || type.endsWith(`.${name}`)) ?? type;
}
