/**
 * Makes an event of a Kafka record, or says why the record is not an event. It reads three forms: native JSON, and
 * CloudEvents in structured and in binary mode. It never throws, whatever a producer sent. Pure.
 */
import type { LogRecord } from '../kafka/log-record.ts';
import { webhookMessageId } from '../model/delivery.ts';
import { eventSchema, type UserEvent } from '../model/event.ts';
import { fieldName } from '../model/field-name.ts';
import { isTrigger, TRIGGERS } from '../model/trigger.ts';
import { readBinary, readStructured, type EventMembers } from './cloud-event.ts';
import { probableMeaning } from './probable-meaning.ts';
import { compactJson, rawMember } from './raw-json.ts';
import { knownHeaders, orderKey, parseValue, type KnownHeaders } from './record-text.ts';
import { Undecodable } from './undecodable.ts';

/** All content types of CloudEvents begin with this. */
const CLOUD_EVENTS = 'application/cloudevents';

export function decodeEvent(topic: string, partition: number, record: LogRecord): UserEvent | Undecodable {
  try {
    const headers = knownHeaders(record.headers);
    return toEvent(readMembers(record, headers), { topic, partition, record, headers });
  } catch (error) {
    if (error instanceof Undecodable) return error.meaning(() => probableMeaning(record));
    // A bug in this code must not stop the stream. The record is dead-lettered with the error.
    return new Undecodable('invalid_event', `the event could not be read: ${String(error)}`);
  }
}

function readMembers(record: LogRecord, headers: KnownHeaders): EventMembers {
  if (record.unread !== null) throw new Undecodable(record.unread.reason, record.unread.message);
  // The headers cannot make a tombstone readable: a CloudEvent without data has a null value as well, and data is required.
  if (record.value === null) throw new Undecodable('empty', 'the record has no value (a tombstone)');
  const contentType = headers['content-type']?.trim().toLowerCase() ?? '';
  if (contentType.startsWith(CLOUD_EVENTS)) return readStructured(record, contentType);
  return headers.ce_specversion === undefined ? readNative(record) : readBinary(record, headers);
}

function readNative(record: LogRecord): EventMembers {
  const { text, json } = parseValue(record.value);
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new Undecodable(
      'invalid_event',
      'the value must be a JSON object with id, type, timestamp and data',
    );
  }
  const { id, type, timestamp, data } = json as Record<string, unknown>;
  return {
    id,
    source: null,
    type,
    timestamp,
    data,
    dataText: () => compactJson(rawMember(text, 'data') ?? ''),
  };
}

function toEvent(
  members: EventMembers,
  from: { topic: string; partition: number; record: LogRecord; headers: KnownHeaders },
): UserEvent {
  const { source, dataText } = members;
  const checked = eventSchema.safeParse({
    id: members.id,
    type: members.type,
    timestamp: members.timestamp,
    data: members.data,
  });
  if (!checked.success) {
    if (typeof members.type === 'string' && !isTrigger(members.type)) {
      throw new Undecodable(
        'unknown_type',
        `type must be one of ${TRIGGERS.join(', ')}, but is ${quoted(members.type)}`,
      );
    }
    const faults = checked.error.issues.map((issue) => `${fieldName(issue.path)} ${issue.message}`);
    throw new Undecodable('invalid_event', faults.join('; '));
  }
  const { id, type, timestamp, data } = checked.data;
  const { record, topic, partition, headers } = from;
  const body = type === 'user_deleted' ? JSON.stringify({ username: data.username }) : dataText();
  return {
    id,
    messageId: webhookMessageId(id, source),
    type,
    timestamp,
    username: data.username,
    orderKey: orderKey(record.key === null || record.key.length === 0 ? data.username : record.key),
    body: Buffer.from(body),
    trace: readTrace(headers),
    source: { topic, partition, offset: String(record.offset) },
  };
}

/**
 * W3C Trace Context section 3.2: a `traceparent` that has another form or version `ff` is not passed on. A `tracestate` is
 * passed on only together with a `traceparent`.
 */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const TRACESTATE = /^[\x20-\x7e]{1,512}$/;

function readTrace({ traceparent, tracestate }: KnownHeaders): UserEvent['trace'] {
  if (traceparent === undefined || !TRACEPARENT.test(traceparent)) return null;
  return tracestate !== undefined && TRACESTATE.test(tracestate)
    ? { traceparent, tracestate }
    : { traceparent };
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
