/** `docs/asyncapi.json` is an AsyncAPI 3.0 document whose parts fit together, and says what the code says. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { decodeEvent } from '../../src/intake/decode-event.ts';
import { DEAD_LETTER_REASONS } from '../../src/intake/undecodable.ts';
import { OUTCOMES } from '../../src/model/attempt.ts';
import { NOTICE_TYPES } from '../../src/notices/notice.ts';
import { OMITTED } from '../../src/results/results.service.ts';
import { readSettings } from '../../src/settings.ts';
import { logRecord } from '../support/log-record.ts';
import { readJson } from './documents.ts';
import { ATTEMPT_HEADERS, deadLetterHeaderNames, NOTICE_HEADERS } from './record-headers.ts';
import { REQUIRED_SETTINGS } from './samples.ts';

const reference = z.strictObject({ $ref: z.string() });
const kafka = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject({ kafka: z.strictObject({ ...shape, bindingVersion: z.literal('0.5.0') }) });
const headersSchema = z.object({
  type: z.literal('object'),
  properties: z.record(z.string(), z.looseObject({})),
  required: z.array(z.string()),
});
const message = z.strictObject({
  name: z.string(),
  title: z.string(),
  contentType: z.string(),
  headers: headersSchema,
  payload: z.looseObject({}),
  bindings: kafka({ key: z.strictObject({ type: z.literal('string'), description: z.string() }) }),
  examples: z
    .array(
      z.strictObject({ name: z.string(), headers: z.record(z.string(), z.string()), payload: z.unknown() }),
    )
    .min(1),
});
/** What this document uses of AsyncAPI 3.0; anything else in it is a mistake. */
const documentSchema = z.strictObject({
  asyncapi: z.literal('3.0.0'),
  id: z.string(),
  defaultContentType: z.string(),
  info: z.strictObject({
    title: z.string(),
    version: z.string(),
    description: z.string(),
    license: z.object({ name: z.string() }),
  }),
  servers: z.record(z.string(), z.looseObject({ host: z.string(), protocol: z.literal('kafka') })),
  channels: z.record(
    z.string(),
    z.strictObject({
      address: z.string(),
      title: z.string(),
      description: z.string(),
      messages: z.record(z.string(), reference),
      bindings: kafka({
        topic: z.string(),
        partitions: z.int(),
        topicConfiguration: z.looseObject({}).optional(),
      }),
    }),
  ),
  operations: z.record(
    z.string(),
    z.strictObject({
      action: z.enum(['send', 'receive']),
      channel: reference,
      summary: z.string(),
      messages: z.array(reference).min(1),
      bindings: kafka({ groupId: z.looseObject({ default: z.string() }) }).optional(),
    }),
  ),
  components: z.strictObject({ messages: z.record(z.string(), message) }),
});

const raw = readJson('docs/asyncapi.json');
const document = documentSchema.parse(raw);
const { messages } = document.components;
const settings = readSettings(REQUIRED_SETTINGS);

/** What a reference of the document, or of a schema beside it, points to. */
function target(ref: string): unknown {
  const [file = '', pointer = ''] = ref.split('#');
  let value = file === '' ? raw : readJson(`docs/${file}`);
  for (const name of pointer.split('/').slice(1)) value = (value as Record<string, unknown>)[name];
  if (value === undefined) throw new Error(`${ref} leads nowhere`);
  return value;
}

/** The value with everything it refers to put in place. */
function resolved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolved);
  if (typeof value !== 'object' || value === null) return value;
  if ('$ref' in value) return resolved(target(String(value.$ref)));
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, resolved(member)]));
}

function headersOf(name: string): z.infer<typeof headersSchema> {
  return messages[name]?.headers ?? { type: 'object', properties: {}, required: [] };
}

describe('the document', () => {
  it('has the version of the package', () => {
    expect(document.info.version).toBe((readJson('package.json') as { version: string }).version);
  });

  it('refers to nothing that is missing', () => {
    expect(() => resolved(raw)).not.toThrow();
  });

  it('has an operation for each channel, with the messages of that channel', () => {
    const channels = Object.values(document.operations).map(({ channel, messages: used }) => {
      const { messages: known } = target(channel.$ref) as { messages: object };
      expect(used.map(({ $ref }) => $ref)).toEqual(
        Object.keys(known).map((name) => `${channel.$ref}/messages/${name}`),
      );
      return channel.$ref;
    });
    expect(channels).toEqual(Object.keys(document.channels).map((name) => `#/channels/${name}`));
    const used = Object.values(document.channels).flatMap((channel) => Object.values(channel.messages));
    expect(used.map(({ $ref }) => $ref)).toEqual(
      Object.keys(messages).map((name) => `#/components/messages/${name}`),
    );
  });

  it.each(Object.entries(messages))(
    'has examples of %s that its own schemas accept',
    (_, { headers, payload, examples }) => {
      const ajv = addFormats.default(new Ajv2020({ strict: false, validateSchema: false }));
      const { $schema: _schema, ...payloadSchema } = resolved(payload) as Record<string, unknown>;
      for (const example of examples) {
        expect(ajv.validate(resolved(headers) as object, example.headers), ajv.errorsText()).toBe(true);
        expect(ajv.validate(payloadSchema, example.payload), ajv.errorsText()).toBe(true);
      }
    },
  );
});

describe('the code', () => {
  it('uses these topics, partitions and group by default', () => {
    const bindings = Object.values(document.channels).map(({ address, bindings: { kafka: binding } }) => [
      address,
      binding.topic,
      binding.partitions,
    ]);
    const { USER_EVENTS_TOPIC, DELIVERIES_TOPIC, DEAD_LETTER_TOPIC, NOTICES_TOPIC, USER_EVENTS_PARTITIONS } =
      settings;
    expect(bindings).toEqual([
      [USER_EVENTS_TOPIC, USER_EVENTS_TOPIC, USER_EVENTS_PARTITIONS],
      [DELIVERIES_TOPIC, DELIVERIES_TOPIC, USER_EVENTS_PARTITIONS],
      [DEAD_LETTER_TOPIC, DEAD_LETTER_TOPIC, 1],
      [NOTICES_TOPIC, NOTICES_TOPIC, 1],
    ]);
    const { receiveUserEvents } = document.operations;
    expect(receiveUserEvents?.bindings?.kafka.groupId.default).toBe(settings.KAFKA_GROUP_ID);
  });

  it('takes the published schemas for values', () => {
    expect(messages['userEvent']?.payload).toEqual({ $ref: './schemas/event.schema.json' });
    expect(messages['attempt']?.payload).toEqual({ $ref: './schemas/attempt.schema.json' });
    expect(messages['notice']?.payload).toEqual({ $ref: './schemas/notice.schema.json' });
  });

  it.each(['userEvent', 'structuredCloudEvent', 'binaryCloudEvent'])('reads the examples of %s', (name) => {
    for (const { headers, payload } of messages[name]?.examples ?? []) {
      const record = logRecord({ value: JSON.stringify(payload), headers });
      expect(decodeEvent('user-events', 0, record)).toMatchObject({ username: 'jdoe' });
    }
  });

  it('puts these headers on an attempt', () => {
    const { properties, required } = headersOf('attempt');
    expect(Object.keys(properties)).toEqual(ATTEMPT_HEADERS);
    expect(required).toEqual(ATTEMPT_HEADERS.filter((name) => !['traceparent', OMITTED].includes(name)));
    expect(properties['ce_type']?.['enum']).toEqual(OUTCOMES.map((outcome) => `webhook.attempt.${outcome}`));
  });

  it('puts these headers on a notice', () => {
    const { properties, required } = headersOf('notice');
    expect(Object.keys(properties)).toEqual(NOTICE_HEADERS);
    expect(required).toEqual(NOTICE_HEADERS);
    expect(properties['ce_type']?.['enum']).toEqual(
      Object.keys(NOTICE_TYPES).map((type) => `webhook.notice.${type}`),
    );
  });

  it('puts these headers on a dead letter', async () => {
    const { properties, required } = headersOf('deadLetter');
    const sent = await deadLetterHeaderNames();
    expect(Object.keys(properties)).toEqual(sent);
    const optional = /_omitted_bytes$|^dlq\.last_offset$/;
    expect(required).toEqual(sent.filter((name) => !optional.test(name)));
    expect(properties['dlq.reason']?.['enum']).toEqual(Object.keys(DEAD_LETTER_REASONS));
  });
});
