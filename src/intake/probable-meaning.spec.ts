import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { logRecord } from '../../test/support/log-record.ts';
import { decodeEvent } from './decode-event.ts';
import { Undecodable } from './undecodable.ts';

const USER = { username: 'jdoe' };
const EVENT = { id: 'evt_1', type: 'user_created', timestamp: '2026-11-24T10:00:00Z', data: USER };
const CLOUD_EVENT = { specversion: '1.0', id: '1', source: '/s', type: 'user_created', data: USER };
const TEXT = JSON.stringify(EVENT);

function complaintOf(
  value: Buffer | string | object | null,
  headers: Record<string, string> = {},
): Undecodable {
  const plain = typeof value === 'object' && !Buffer.isBuffer(value) && value !== null;
  const bytes = value === null ? null : Buffer.from((plain ? JSON.stringify(value) : value) as string);
  const result = decodeEvent('user-events', 0, logRecord({ value: bytes, headers }));
  if (!(result instanceof Undecodable)) throw new Error('it is an event');
  return result;
}

describe('a dead letter names what was probably meant', () => {
  it.each<[string, Buffer | string | object, string, Record<string, string>?]>([
    ['headers of a CloudEvent as over HTTP', USER, 'ce_id', { 'ce-id': '1', 'ce-specversion': '1.0', 'ce-type': 'user_keys' }],
    ['headers of a CloudEvent in capitals', USER, 'ce_id', { CE_ID: '1', CE_SPECVERSION: '1.0' }],
    ['headers of a CloudEvent as over AMQP', USER, 'ce_id', { 'cloudEvents:id': '1' }],
    ['a CloudEvent without its version', USER, 'ce_specversion', { ce_id: '1', ce_type: 'user_keys' }],
    ['a CloudEvent without its media type', CLOUD_EVENT, 'content-type: application/cloudevents+json'],
    ['a media type under another name', CLOUD_EVENT, 'with a hyphen', { contentType: 'application/cloudevents+json' }],
    ['Debezium', { before: null, after: USER, op: 'c', source: {} }, 'Debezium'],
    ['Debezium with a schema', { schema: {}, payload: { before: null, after: USER, op: 'c' } }, 'Debezium'],
    ['Kafka Connect', { schema: { type: 'struct' }, payload: EVENT }, 'value.converter.schemas.enable=false'],
    ['a schema registry', Buffer.from([0, 0, 0, 0, 7, 1]), 'schema-registry'],
    ['a list of events', [EVENT, EVENT], 'send each event as a record of its own'],
    ['events on lines', `${TEXT}\n${TEXT}\n`, 'send each event as a record of its own'],
    ['JSON that was encoded twice', JSON.stringify(TEXT), 'encoded twice'],
    ['Base64', Buffer.from(TEXT).toString('base64'), 'Base64'],
    ['Base64 in JSON', JSON.stringify(Buffer.from(TEXT).toString('base64')), 'Base64'],
    ['a file of Avro', Buffer.from('4f626a01026162', 'hex'), 'Avro'],
    ['Avro without a schema registry', Buffer.from('0a6576745f31187573657200', 'hex'), 'Avro'],
    ['Protobuf', Buffer.from('0a0565767473311204', 'hex'), 'Protobuf'],
    ['MessagePack', Buffer.from('82a26964a16ba474797065', 'hex'), 'MessagePack'],
    ['a value that was compressed', gzipSync(TEXT), 'compression.type'],
    ['a value that was compressed by zstd', zstdCompressSync(Buffer.from(TEXT)), 'compression.type'],
    ['UTF-16', Buffer.from(TEXT, 'utf16le'), 'UTF-8'],
    ['UTF-16 with a mark', Buffer.from(`\uFEFF${TEXT}`, 'utf16le'), 'UTF-8'],
    ['XML', '<event id="1"/>', 'XML'],
    ['YAML', '---\nid: 1', 'YAML'],
    ['Python', "{'id': 'evt_1', 'type': 'user_created'}", 'Python'],
    ['Java', '{id=evt_1, type=user_created}', 'Java'],
  ])('%s', (_what, value, mentions, headers) => {
    expect(complaintOf(value, headers).message).toContain(mentions);
  }); // prettier-ignore

  it('behind the complaint, however long that is', () => {
    const { message } = complaintOf({ ...EVENT, type: 'x'.repeat(5_000) }, { 'ce-id': '1' });
    expect(message).toMatch(/^type must be one of .*; in Kafka the headers/);
    const long = Object.fromEntries(Object.keys(USER).map((name) => [name, 5]));
    expect(complaintOf({ ...EVENT, data: long }, { 'ce-id': '1' }).message.length).toBeLessThanOrEqual(1_000);
  });

  it.each<[string, Buffer | string | object | null]>([
    ['an event with one member wrong', { ...EVENT, timestamp: 'x' }],
    ['words', 'hello'],
    ['a number', '42'],
    ['nothing', ''],
    ['a tombstone', null],
  ])('and says nothing where it does not know: %s', (_what, value) => {
    expect(complaintOf(value, { contentType: 'application/json' }).message).not.toContain(';');
  });
});
