/** Whatever lies in the log, the events of other users are delivered within seconds, and everything is committed. */
import { zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { KafkaMessage, Message } from 'kafkajs';
import { eventually } from '../support/eventually.ts';
import { batch, batchOf, recordBytes, varint, type BatchRecord } from '../support/log-batch.ts';
import { Offsets } from '../support/offsets.ts';
import { zstdFrames, zstdZeros } from '../support/packing.ts';
import { PeakMemory } from '../support/peak-memory.ts';
import { produceRaw } from '../support/raw-produce.ts';
import type { Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { userEvent, type UserEventValue } from '../support/topics.ts';

/** As docs/guarantee.md promises. */
const WITHIN_MS = 10_000;
const ZSTD = 4;
const PARTITION = 2;

let stage: Stage;
let service: Service;
let offsets: Offsets;
let deadLetters: KafkaMessage[];
let known = 0;
let memory: PeakMemory | null = null;

beforeAll(async () => {
  stage = await Stage.set();
  service = await stage.startService({ NODE_OPTIONS: '--max-old-space-size=300' });
  // Events that no webhook wants are decoded like all others, and are not sent.
  await service.createWebhook({
    url: stage.receiver.url('/hook'),
    triggers: ['user_created', 'user_modified'],
  });
  if (process.platform === 'linux') memory = new PeakMemory(service.process.pid ?? 0);
  offsets = await Offsets.of(stage.topics);
  deadLetters = await stage.topics.readDeadLetters();
});

afterAll(async () => {
  memory?.stop();
  await offsets.close();
  await stage.strike();
});

beforeEach(() => {
  known = deadLetters.length;
});

const put = (bytes: Buffer, partition = PARTITION): Promise<number> =>
  produceRaw(stage.topics.kafka, { topic: stage.topics.events, partition }, bytes);

const unwanted = (username: string, note = ''): UserEventValue =>
  userEvent(username, { type: 'user_keys', data: { note } });

const asRecord = (event: UserEventValue, more: BatchRecord = {}): BatchRecord => ({
  key: String(event.data['username']),
  value: JSON.stringify(event),
  ...more,
});

/**
 * Good events in every other partition are delivered in time, those behind what was put follow, and all that is there is
 * committed.
 */
async function goesOn(): Promise<void> {
  const events = Array.from({ length: 8 }, (_, index) => userEvent(`good-${index}`));
  for (const [partition, event] of events.entries()) await put(batch([asRecord(event)]), partition);
  await delivered(
    events.filter((_, partition) => partition !== PARTITION),
    WITHIN_MS,
  );
  await delivered(events);
  await eventually(async () => {
    expect(await offsets.lag()).toBe(0);
  });
  expect(service.exit).toBeNull();
  expect(service.log.filter(({ msg }) => msg === 'the consumer was given up; building a new one')).toEqual(
    [],
  );
}

async function delivered(events: readonly UserEventValue[], withinMs?: number): Promise<void> {
  await eventually(() => {
    const received = new Set(stage.receiver.requests.map(({ headers }) => headers['webhook-id']));
    expect(events.filter(({ id }) => !received.has(id))).toEqual([]);
  }, withinMs);
}

/** kafkajs, which reads them here, makes something else of a header that is named `constructor`. */
function newLetters(): Record<string, string | null>[] {
  return deadLetters
    .slice(known)
    .map(({ headers = {} }) =>
      Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [
          name,
          Array.isArray(value) ? value.join() : String(value),
        ]),
      ),
    );
}

it('an unreadable value with a header that is repeated and null, or has the name of a member: the process died', async () => {
  const headers = [['x-a', '1'], ['x-a', null], ['constructor', 'c'], ['__proto__', 'p'], ['', null]] as const; // prettier-ignore
  await put(batch([{ key: 'k', value: 'no json', headers }]));
  await goesOn();
  expect(newLetters()).toMatchObject([{ 'dlq.reason': 'invalid_json', 'x-a': '1,' }]);
});

it('transactions that two producers aborted, at the end of a partition: events were delivered, and lag stayed', async () => {
  const producers = ['A', 'B'].map((name) =>
    stage.topics.kafka.producer({
      transactionalId: `${name}-${stage.topics.events}`,
      maxInFlightRequests: 1,
      idempotent: true,
    }),
  );
  const events = [userEvent('aborted-a'), userEvent('aborted-b')];
  const [a, b] = await Promise.all(
    producers.map(async (producer) => {
      await producer.connect();
      return producer.transaction();
    }),
  );
  const send = (transaction: typeof a, event: UserEventValue | undefined): Promise<unknown> | undefined => {
    const message: Message = { partition: PARTITION, key: 'k', value: JSON.stringify(event) };
    return transaction?.send({ topic: stage.topics.events, messages: [message] });
  };
  for (let count = 0; count < 3; count += 1) await send(b, events[1]);
  await send(a, events[0]);
  await a?.abort();
  await b?.abort();
  await eventually(async () => {
    expect(await offsets.lag()).toBe(0);
  });
  await goesOn();
  await Promise.all(producers.map((producer) => producer.disconnect()));
  const received = new Set(stage.receiver.requests.map(({ headers }) => headers['webhook-id']));
  expect(events.filter(({ id }) => received.has(id))).toEqual([]);
});

it('200,000 records in one small batch: Maximum call stack size exceeded', async () => {
  const event = JSON.stringify(unwanted('many'));
  const records = Array.from({ length: 200_000 }, () => ({ key: 'many', value: event }));
  await put(batch(records, { codec: ZSTD, pack: zstdCompressSync }));
  await goesOn();
});

it('a good event with 30,000 headers: the process stood still for minutes', async () => {
  const event = userEvent('headers');
  const headers = Array.from({ length: 30_000 }, (_, index) => [`h${index}`, 'v'] as const);
  await put(batch([asRecord(event, { headers })]));
  await delivered([event]);
  await goesOn();
});

it('600 events of 1 MB in one batch of less: the process was killed', async () => {
  const records = Array.from({ length: 600 }, (_, index) =>
    zstdCompressSync(recordBytes(asRecord(unwanted('large', 'x'.repeat(1_000_000))), index)),
  );
  await put(batchOf(Buffer.concat(records), { codec: ZSTD, count: 600 }));
  await goesOn();
});

it('events that unpack to most of a gigabyte, of zeros or of blanks: the process was killed, or rejoined for ever', async () => {
  const good = [userEvent('before'), userEvent('behind')];
  const bomb = (value: { before: string; zeros: number }): Buffer => {
    const head = [
      Buffer.from([0]),
      varint(0),
      varint(1),
      varint(-1),
      varint(value.before.length + value.zeros),
    ];
    const body = Buffer.concat([...head, Buffer.from(value.before)]);
    const first = recordBytes(asRecord(good[0] ?? userEvent('x')), 0);
    const before = Buffer.concat([first, varint(body.length + value.zeros + 1), body]);
    const after = Buffer.concat([varint(0), recordBytes(asRecord(good[1] ?? userEvent('x')), 2)]);
    return batchOf(zstdZeros(before, value.zeros, after), { codec: ZSTD, count: 3 });
  };
  const places = [
    await put(bomb({ before: '', zeros: 950_000_000 })),
    await put(bomb({ before: '{"id":"1",', zeros: 450_000_000 })),
  ];
  await delivered(good);
  await goesOn();
  expect(newLetters()).toMatchObject(
    places.map((place) => ({
      'dlq.reason': 'too_large',
      'dlq.partition': String(PARTITION),
      'dlq.offset': String(place + 1),
      'dlq.last_offset': String(place + 1),
    })),
  );
});

it('a batch whose records lie about their length, or about their offsets, is one dead letter', async () => {
  const event = userEvent('first');
  const lying = Buffer.concat([
    recordBytes(asRecord(event)),
    varint(2_000_000_000),
    recordBytes({ value: 'x' }, 1).subarray(1),
  ]);
  const place = await put(batchOf(lying, { codec: ZSTD, count: 2, pack: zstdCompressSync }));
  await delivered([event]);
  const other = userEvent('second');
  const again = await put(
    batch([asRecord(other), { value: 'x', offsetDelta: 0 }, { value: 'y', offsetDelta: 0 }]),
  );
  await delivered([other]);
  await goesOn();
  expect(newLetters()).toMatchObject([
    {
      'dlq.reason': 'undecodable_batch',
      'dlq.offset': String(place + 1),
      'dlq.last_offset': String(place + 1),
    },
    {
      'dlq.reason': 'undecodable_batch',
      'dlq.offset': String(again + 1),
      'dlq.last_offset': String(again + 2),
    },
  ]);
});

it('two frames of Zstandard in one batch, which brokers take', async () => {
  const events = Array.from({ length: 20 }, (_, index) => userEvent(`frames-${index}`));
  const pack = (plain: Buffer): Buffer => zstdFrames(plain, 2);
  await put(
    batch(
      events.map((event) => asRecord(event)),
      { codec: ZSTD, pack },
    ),
  );
  await delivered(events);
  await goesOn();
});

it('keys that are no text are those of different users', async () => {
  const slow = userEvent('slow');
  const other = userEvent('other');
  const keys = [0x80, 0x81].map((last) => Buffer.from([0, 0, 0, 0, 0, 0, 0, last]));
  stage.receiver.answer = ({ headers: { 'webhook-id': id } }, response) => {
    response.writeHead(id === slow.id ? 500 : 200).end();
  };
  await put(batch([asRecord(slow, { key: keys[0] ?? null }), asRecord(other, { key: keys[1] ?? null })]));
  await delivered([slow, other]);
  await goesOn();
});

it.runIf(process.platform === 'linux')('and all of that in no more than half a gigabyte', () => {
  expect(memory?.peakMiB).toBeGreaterThan(0);
  expect(memory?.peakMiB).toBeLessThan(512);
});
