/**
 * A Kafka record becomes an event, or the reason why it is none. Pure; never throws, whatever a producer sent.
 * Three forms are read: native JSON, CloudEvents structured and CloudEvents binary.
 */
import type { LogRecord } from '../kafka/log-record.ts';
import { webhookMessageId } from '../model/delivery.ts';
import { eventSchema, type UserEvent } from '../model/event.ts';
import { fieldName } from '../model/field-name.ts';
import { isTrigger, TRIGGERS } from '../model/trigger.ts';
import { cloudEventMode, readBinary, readStructured, type EventMembers } from './cloud-event.ts';
import { probableMeaning } from './probable-meaning.ts';
import { compactJson, rawMember } from './raw-json.ts';
import { meantHeaders, orderKey, parseValue, type MeantHeaders } from './record-text.ts';
import { Undecodable } from './undecodable.ts';

export function decodeEvent(topic: string, partition: number, record: LogRecord): UserEvent | Undecodable {
  try {
    const headers = meantHeaders(record.headers);
    return toEvent(readMembers(record, headers), { topic, partition, record, headers });
  } catch (error) {
    if (error instanceof Undecodable) return error.meaning(() => probableMeaning(record));
    // A reader's own fault must not stop the stream: the record is kept, with what went wrong.
    return new Undecodable('invalid_event', `the event could not be read: ${String(error)}`);
  }
}

function readMembers(record: LogRecord, headers: MeantHeaders): EventMembers {
  if (record.unread !== null) throw new Undecodable(record.unread.reason, record.unread.message);
  // A CloudEvent without data is a null value as well, so the headers cannot make a tombstone readable.
  if (record.value === null) throw new Undecodable('empty', 'the record has no value (a tombstone)');
  switch (cloudEventMode(headers)) {
    case 'structured':
      return readStructured(record);
    case 'binary':
      return readBinary(record, headers);
    case null:
      return readNative(record);
  }
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
  from: { topic: string; partition: number; record: LogRecord; headers: MeantHeaders },
): UserEvent {
  const { source, dataText } = members;
  if (typeof members.type === 'string' && !isTrigger(members.type)) {
    throw new Undecodable(
      'unknown_type',
      `type must be one of ${TRIGGERS.join(', ')}, but is ${quoted(members.type)}`,
    );
  }
  const checked = eventSchema.safeParse({
    id: members.id,
    type: members.type,
    timestamp: members.timestamp,
    data: members.data,
  });
  if (!checked.success) {
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
 * W3C Trace Context section 3.2: a `traceparent` of another form or of version `ff` is not passed on, nor is `tracestate`
 * without one.
 */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const TRACESTATE = /^[\x20-\x7e]{1,512}$/;

function readTrace({ traceparent, tracestate }: MeantHeaders): UserEvent['trace'] {
  if (traceparent === undefined || !TRACEPARENT.test(traceparent)) return null;
  return tracestate !== undefined && TRACESTATE.test(tracestate)
    ? { traceparent, tracestate }
    : { traceparent };
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
