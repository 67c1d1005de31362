/**
 * Rows that PostgreSQL refuses for what they are, whatever that is: here by constraints that a test adds. They are told, and
 * hold up no others.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withClient } from '../../dev/embedded-postgres.ts';
import type { Attempt } from '../../src/model/attempt.ts';
import { eventually } from '../support/eventually.ts';
import { Offsets } from '../support/offsets.ts';
import type { Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { userEvent, type UserEventValue } from '../support/topics.ts';
import { readiness } from '../support/troubles.ts';

const POISON = 'refused-id';

let stage: Stage;
let service: Service;
let offsets: Offsets;
let fails = true;

beforeAll(async () => {
  stage = await Stage.set();
  service = await stage.startService({ RETRY_SCHEDULE: '2s,2s' });
  offsets = await Offsets.of(stage.topics);
  // No 5xx: the breaker would open.
  stage.receiver.answer = (_request, response) => void response.writeHead(fails ? 400 : 200).end();
  await service.createWebhook({ url: stage.receiver.url('/hook') });
});

afterAll(async () => {
  await offsets.close();
  await stage.strike();
});

const sql = (statement: string): Promise<unknown> =>
  withClient(stage.database.url, (client) => client.query(statement));

const refuse = (name: string, check: string): Promise<unknown> =>
  sql(`ALTER TABLE retries ADD CONSTRAINT ${name} CHECK (${check}) NOT VALID`);

const takeAgain = (name: string): Promise<unknown> => sql(`ALTER TABLE retries DROP CONSTRAINT ${name}`);

const of = (event: UserEventValue): Attempt[] =>
  stage.attempts.filter(({ event_id }) => event_id === event.id);

const outcomes = (event: UserEventValue): string[] => of(event).map(({ outcome }) => outcome);

async function allDelivered(events: readonly UserEventValue[]): Promise<void> {
  await eventually(async () => {
    for (const event of events) expect(outcomes(event)).toContain('delivered');
    expect(await offsets.lag(), 'records that are not committed').toBe(0);
  });
}

async function leftOut(): Promise<unknown> {
  const { data } = await service
    .rest(null)
    .get<{ details: { database: object } }>('/health/ready', { baseURL: service.url });
  return data.details.database;
}

it('a row that PostgreSQL refuses for ever: no other delivery could be stored, and nothing was committed', async () => {
  await refuse('no_such_id', `event_id NOT LIKE '${POISON}%'`);
  fails = true;
  const good = Array.from({ length: 40 }, (_, index) => userEvent(`user-${index}`));
  const [first, behind] = [1, 2].map((number) => userEvent('poison', { id: `${POISON}-${number}` }));
  const after = userEvent('poison');
  if (!first || !behind) throw new Error('two events');
  await stage.topics.produce(...good.slice(0, 20), first, behind, after, ...good.slice(20));
  await eventually(() => {
    expect(outcomes(first)).toEqual(['failed', 'exhausted']);
    for (const event of good) expect(outcomes(event)).toContain('failed');
  });
  fails = false;
  await allDelivered([...good, after]);
  const lines = service.log.filter(
    ({ msg }) => msg === 'PostgreSQL refuses this delivery in every form; it is left out',
  );
  const [attempt] = of(first);
  expect(lines[0]).toMatchObject({
    topic: stage.topics.events,
    partition: attempt?.source_partition,
    offset: attempt?.source_offset,
    deliveryId: attempt?.delivery_id,
  });
  expect(await leftOut()).toEqual({ status: 'up', records_left_out: lines.length });
  expect((await readiness(service)).status).toBe(200);
  await takeAgain('no_such_id');
});

it('what cannot be stored only for its user name or its trace is stored without them, and sent again', async () => {
  await refuse('no_such_name', "username <> 'odd' AND traceparent IS NULL");
  fails = true;
  const [odd, traced, good] = ['odd', 'traced', 'plain'].map((user) => userEvent(user));
  if (!odd || !traced || !good) throw new Error('three events');
  const headers = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
  await stage.topics.write(
    [odd, traced, good].map((event) => ({
      key: String(event.data['username']),
      value: JSON.stringify(event),
      ...(event === traced && { headers }),
    })),
  );
  await eventually(() => {
    for (const event of [odd, traced, good]) expect(outcomes(event)).toEqual(['failed']);
  });
  fails = false;
  await allDelivered([odd, traced, good]);
  expect(of(odd).at(-1)?.username).toBe('odd');
  await takeAgain('no_such_name');
});

it('a table that takes nothing is no reason to leave out a delivery: all of them wait, and then are stored', async () => {
  const before = await leftOut();
  await refuse('nothing', 'false');
  fails = true;
  const events = Array.from({ length: 20 }, (_, index) => userEvent(`waiting-${index}`));
  await stage.topics.produce(...events);
  await eventually(() => {
    // The others of the webhook wait: an earlier one may be stored at any moment.
    expect(events.flatMap(outcomes)).toContain('failed');
    expect(service.log.some(({ msg }) => msg === 'retries could not be written, trying again')).toBe(true);
  });
  expect(await offsets.lag()).toBeGreaterThan(0);
  fails = false;
  await takeAgain('nothing');
  await allDelivered(events);
  expect(await leftOut()).toEqual(before);
});

it('a row whose end PostgreSQL refuses: no other end was written, and every delivery was sent again and again', async () => {
  await sql(`
    CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF old.username = 'kept' THEN RAISE EXCEPTION 'not this one'; END IF;
      RETURN old;
    END $$`);
  await sql('CREATE TRIGGER keep BEFORE DELETE ON retries FOR EACH ROW EXECUTE FUNCTION keep()');
  fails = true;
  const kept = userEvent('kept');
  const good = Array.from({ length: 20 }, (_, index) => userEvent(`ending-${index}`));
  await stage.topics.produce(...good.slice(0, 10), kept, ...good.slice(10));
  await eventually(() => {
    for (const event of [kept, ...good]) expect(outcomes(event)).toContain('failed');
  });
  fails = false;
  await allDelivered([kept, ...good]);
  await eventually(async () => {
    const rows = await withClient(stage.database.url, (client) =>
      client.query('SELECT username FROM retries'),
    );
    expect(rows.rows).toEqual([{ username: 'kept' }]);
  });
  for (const event of [kept, ...good])
    expect(outcomes(event).filter((one) => one === 'delivered')).toHaveLength(1);
  expect(
    service.log.some(({ msg }) => msg === 'PostgreSQL refuses this change of a row; the row stays as it is'),
  ).toBe(true);
});

it('a damaged row that PostgreSQL does not hand out: no row of any webhook was sent again', async () => {
  const other = await service.createWebhook({ url: stage.receiver.url('/other'), triggers: ['user_keys'] });
  await sql(`
    CREATE FUNCTION damage() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF new.status = 'sending' AND new.username = 'damaged' THEN RAISE EXCEPTION 'missing chunk'; END IF;
      RETURN new;
    END $$`);
  await sql('CREATE TRIGGER damage BEFORE UPDATE ON retries FOR EACH ROW EXECUTE FUNCTION damage()');
  fails = true;
  const damaged = userEvent('damaged');
  const good = userEvent('of-another', { type: 'user_keys' });
  await stage.topics.produce(damaged, good);
  const ofOther = (): string[] =>
    of(good).flatMap(({ webhook_id, outcome }) => (webhook_id === other ? [outcome] : []));
  await eventually(() => {
    expect(outcomes(damaged)).toEqual(['failed']);
    expect(ofOther()).toContain('failed');
  });
  fails = false;
  await eventually(() => {
    expect(ofOther()).toContain('delivered');
  });
  await sql('DROP TRIGGER damage ON retries');
  await allDelivered([damaged, good]);
});
