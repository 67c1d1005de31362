/** Events that are read back: from the row of their delivery, from the log, and no more when neither has them. */
import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dataSourceOptions } from '../../src/database/data-source.ts';
import { runMigrations } from '../../src/database/migrate.ts';
import { EventExpired, EventLookup, type SoughtDelivery } from '../../src/explain/event-lookup.ts';
import { TopicLogs } from '../../src/kafka/topic-logs.ts';
import { readSettings } from '../../src/settings.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { batch } from '../support/log-batch.ts';
import { produceRaw } from '../support/raw-produce.ts';
import { ADMIN_TOKEN, SECRETS_KEY } from '../support/service.ts';
import { Topics, userEvent, type UserEventValue } from '../support/topics.ts';

const WEBHOOK = '019ab000-0000-7000-8000-000000000001';
const RECORDED = Date.parse('2026-11-25T10:00:00Z');

let database: TestDatabase;
let dataSource: DataSource;
let topics: Topics;
let logs: TopicLogs;
let lookup: EventLookup;

beforeAll(async () => {
  database = await createDatabase();
  await runMigrations(database.url);
  dataSource = await new DataSource(dataSourceOptions(database.url)).initialize();
  topics = new Topics();
  await topics.create();
  const settings = { ...topics.environment, DATABASE_URL: database.url, ADMIN_TOKEN, SECRETS_KEY };
  logs = new TopicLogs(readSettings(settings));
  lookup = new EventLookup(logs, dataSource);
});

afterAll(async () => {
  await Promise.all([logs.close(), topics.close()]);
  await dataSource.destroy();
  await database.drop();
});

/** A record each, in one batch. @returns where the first is. */
function write(events: readonly (UserEventValue | string)[], partition = 0): Promise<number> {
  const records = events.map((event) => ({
    key: 'k',
    value: typeof event === 'string' ? event : JSON.stringify(event),
  }));
  const bytes = batch(records, { baseTimestamp: BigInt(RECORDED), maxTimestamp: BigInt(RECORDED) });
  // A new partition may have no leader yet.
  return eventually(() => produceRaw(topics.kafka, { topic: topics.events, partition }, bytes));
}

function delivery({ id: eventId }: UserEventValue, offset: number): SoughtDelivery {
  return {
    id: randomUUID(),
    eventId,
    source: { topic: topics.events, partition: 0, offset: String(offset) },
  };
}

const forget = (before: number): Promise<void> => topics.forget(0, before);

it('an event of the log, also in the middle of a batch, until the log has it no more', async () => {
  const events = [userEvent('a'), userEvent('b'), userEvent('c')] as const;
  const first = await write(events);
  const sought = delivery(events[1], first + 1);
  const body = Buffer.from(JSON.stringify(events[1].data));
  expect(await lookup.ofDelivery(sought)).toMatchObject({ id: events[1].id, body });
  expect(await lookup.at(0, first + 1)).toMatchObject({ is: 'event', recordedAt: new Date(RECORDED) });
  await forget(first + 2);
  expect(await lookup.ofDelivery(sought)).toEqual(new EventExpired(new Date(RECORDED).toISOString()));
  await forget(first + 3);
  expect(await lookup.ofDelivery(sought)).toEqual(new EventExpired(null));
});

it('an event of a row, where the log does not matter', async () => {
  const event = userEvent('stored');
  const sought = delivery(event, 0);
  await dataSource.query(
    `INSERT INTO webhooks (id, url, triggers, method) VALUES ($1, 'http://a.example/', '{user_created}', 'POST')`,
    [WEBHOOK],
  );
  await dataSource.query(
    `INSERT INTO retries (delivery_id, webhook_id, status, due_at, attempts, event_id, event_type, event_timestamp, body)
     VALUES ($1, $2, 'dead', now(), 1, $3, 'user_created', $4, '{"username":"stored"}')`,
    [sought.id, WEBHOOK, event.id, event.timestamp],
  );
  expect(await lookup.ofDelivery({ ...sought, source: null })).toMatchObject({
    id: event.id,
    body: Buffer.from('{"username":"stored"}'),
  });
});

it('another event at its place, another topic, no place: none of them is it', async () => {
  const [event, other] = [userEvent('now'), userEvent('before the topic was made anew')];
  const offset = await write([event]);
  const sought = delivery(other, offset);
  expect(await lookup.ofDelivery(sought)).toEqual(new EventExpired(new Date(RECORDED).toISOString()));
  const source = { topic: 'of-old', partition: 0, offset: String(offset) };
  expect(await lookup.ofDelivery({ ...delivery(event, offset), source })).toEqual(new EventExpired(null));
  expect(await lookup.ofDelivery({ ...delivery(event, offset), source: null })).toEqual(
    new EventExpired(null),
  );
  const ahead = delivery(event, offset + 1_000);
  expect(await lookup.ofDelivery(ahead)).toBeInstanceOf(EventExpired);
});

it('what is no event is told, and where nothing is', async () => {
  const offset = await write(['no json']);
  expect(await lookup.at(0, offset)).toMatchObject({ is: 'undecodable', fault: { reason: 'invalid_json' } });
  expect(await lookup.at(0, offset + 1)).toMatchObject({ is: 'nothing' });
  expect(await lookup.at(0, offset + 2)).toMatchObject({ is: 'nothing' });
  expect(await lookup.at(77, 0)).toMatchObject({ is: 'nothing' });
});
