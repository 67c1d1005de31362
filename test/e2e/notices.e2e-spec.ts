/** What operators are told: once for each change, on the topic and at their URL, and never because of a notice itself. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withClient } from '../../dev/embedded-postgres.ts';
import type { Notice, NoticeType } from '../../src/notices/notice.ts';
import { eventually } from '../support/eventually.ts';
import { Scrape } from '../support/scrape.ts';
import { Stage } from '../support/stage.ts';
import { userEvent, type UserEventValue } from '../support/topics.ts';

const TOKEN = 'operators-token-0123456789';
/** An answer that opens no breaker: attempts go on. */
const REFUSED = 400;
/** Many attempts fail while it is looked at, and none is the last one. */
const OFTEN = Array.from({ length: 50 }, (_, index) => (index < 10 ? '200ms' : '2s'));

let stage: Stage;
let notices: Awaited<ReturnType<Stage['topics']['readNotices']>>;

beforeEach(async () => {
  stage = await Stage.set({ NOTICES_FAILING_AFTER: '500ms' });
  notices = await stage.topics.readNotices();
});

afterEach(() => stage.strike());

/** @param path of the receiver. */
function toUrl(path: string): Record<string, string> {
  return { NOTICES_URL: stage.receiver.url(path), NOTICES_TOKEN: TOKEN };
}

function told(type?: NoticeType): Notice[] {
  return notices.map(({ notice }) => notice).filter((notice) => type === undefined || notice.type === type);
}

/** How many deliveries or records the notices of a type are about. */
function counted(type: NoticeType): number {
  return told(type).reduce((sum, { count }) => sum + count, 0);
}

function eventsOf(users: number, name = 'user'): UserEventValue[] {
  return Array.from({ length: users }, (_, index) => userEvent(`${name}-${index}`));
}

describe('a webhook', () => {
  it('that begins to fail is one notice, through many attempts, two instances and a restart; one when it recovers', async () => {
    const environment = toUrl('/operators');
    const [first] = await Promise.all([stage.startService(environment), stage.startService(environment)]);
    const id = await first.createWebhook({
      url: stage.receiver.url('/hook?key=s3cret'),
      description: 'CRM',
      retry_schedule: OFTEN,
    });
    let works = false;
    stage.receiver.answer = ({ path }, response) =>
      void response.writeHead(works || path === '/operators' ? 200 : REFUSED).end();
    const events = eventsOf(40);
    await stage.topics.produce(...events);
    await eventually(() => {
      expect(told('webhook_failing')).toHaveLength(1);
    });
    await first.stop();
    await stage.startService(environment);
    const before = stage.attempts.length;
    await eventually(() => {
      expect(stage.attempts.length).toBeGreaterThan(before + 80);
    });
    expect(told()).toHaveLength(1);

    works = true;
    await eventually(() => {
      expect(told('webhook_recovered')).toHaveLength(1);
      const delivered = stage.attempts.filter(({ outcome }) => outcome === 'delivered');
      expect(new Set(delivered.map(({ event_id }) => event_id)).size).toBe(events.length);
    });
    expect(
      told().map(({ type, webhook_id, webhook_description }) => [type, webhook_id, webhook_description]),
    ).toEqual([
      ['webhook_failing', id, 'CRM'],
      ['webhook_recovered', id, 'CRM'],
    ]);
    const [failing, recovered] = told();
    expect(failing?.webhook_url).toBe(stage.receiver.url('/hook?key=***'));
    expect(recovered?.since).toBe(failing?.since);
    const posts = stage.receiver.of('/operators');
    expect(posts.map(({ body }) => (JSON.parse(body) as { data: unknown }).data)).toEqual(told());
    expect(posts.map(({ headers }) => headers.authorization)).toEqual(posts.map(() => `Bearer ${TOKEN}`));
    const [record] = notices;
    expect(record?.message.key?.toString()).toBe(id);
    expect(record?.message.headers?.['ce_type']?.toString()).toBe('webhook.notice.webhook_failing');
    expect(record?.message.headers?.['ce_id']?.toString()).toBe(failing?.id);
  });

  it('that gives up hundreds of deliveries at once is one notice, and the rest of them summed up', async () => {
    const service = await stage.startService(toUrl('/operators'));
    const id = await service.createWebhook({ url: stage.receiver.url('/hook'), retry_schedule: [] });
    stage.receiver.answer = ({ path }, response) =>
      void response.writeHead(path === '/operators' ? 200 : REFUSED).end();
    const events = eventsOf(500);
    await stage.topics.produce(...events);
    await eventually(() => {
      expect(stage.attempts.filter(({ outcome }) => outcome === 'exhausted')).toHaveLength(500);
    });
    const [first] = await eventually(() => {
      expect(told('delivery_exhausted').length).toBeGreaterThan(0);
      return told('delivery_exhausted');
    });
    expect(first).toMatchObject({
      webhook_id: id,
      count: 1,
      deliveries: [{ attempts: 1, status_code: REFUSED }],
    });
    expect(stage.attempts.map(({ delivery_id }) => delivery_id)).toContain(first?.deliveries[0]?.delivery_id);
    await service.stop();
    await eventually(() => {
      expect(counted('delivery_exhausted')).toBe(500);
    });
    // The first, one when the process ends, and one for each minute that this may have taken.
    expect(told('delivery_exhausted').length).toBeLessThanOrEqual(4);
    expect(stage.receiver.of('/operators').length).toBeLessThanOrEqual(5);
    expect(JSON.stringify(told())).not.toContain('@example.com');
  });

  it('is said to be disabled, when it answers 410 and when it has only failed for days', async () => {
    const service = await stage.startService();
    const url = (path: string): string => stage.receiver.url(path);
    stage.receiver.answer = ({ path }, response) =>
      void response.writeHead(path === '/gone' ? 410 : 500).end();
    const gone = await service.createWebhook({ url: url('/gone'), triggers: ['user_created'] });
    const broken = await service.createWebhook({
      url: url('/broken'),
      triggers: ['user_modified'],
      retry_schedule: [],
    });
    await stage.topics.produce(userEvent('jdoe'));
    await withClient(stage.database.url, (client) =>
      client.query(
        `INSERT INTO webhook_health (webhook_id, failing_since, told_at) VALUES ($1, now() - interval '6 days', now())`,
        [broken],
      ),
    );
    await stage.topics.produce(userEvent('jdoe', { type: 'user_modified' }));
    await eventually(() => {
      expect(told('webhook_disabled').map(({ webhook_id, reason }) => [webhook_id, reason])).toEqual(
        expect.arrayContaining([
          [gone, 'The receiver answered 410 Gone'],
          [broken, expect.stringContaining('Every delivery has failed since') as string],
        ]),
      );
      expect(
        told('delivery_exhausted')
          .map(({ webhook_id }) => webhook_id)
          .toSorted(),
      ).toEqual([gone, broken].toSorted());
    });
    expect(told('webhook_disabled')).toHaveLength(2);
  });
});

it('dead letters are one notice at once, and the rest of them summed up', async () => {
  const service = await stage.startService();
  await stage.topics.write(
    Array.from({ length: 300 }, (_, index) => ({ key: `k${index}`, value: 'no JSON' })),
  );
  const deadLetters = await stage.topics.readDeadLetters();
  await eventually(() => {
    expect(deadLetters).toHaveLength(300);
    expect(told('dead_letter').length).toBeGreaterThan(0);
  });
  await service.stop();
  await eventually(() => {
    expect(counted('dead_letter')).toBe(300);
  });
  expect(told().length).toBeLessThanOrEqual(4);
  expect(told('dead_letter')[0]?.dead_letters).toMatchObject([
    { topic: stage.topics.events, reason: deadLetters[0]?.headers?.['dlq.reason']?.toString() },
  ]);
});

it('a URL that fails makes no notice, and delays nothing', async () => {
  const service = await stage.startService(toUrl('/operators?key=s3cret'));
  await service.createWebhook({ url: stage.receiver.url('/hook') });
  stage.receiver.answer = ({ path }, response) => void response.writeHead(path === '/hook' ? 200 : 500).end();
  await stage.topics.write([{ value: 'no JSON' }]);
  // Tried again, twice.
  await eventually(() => {
    expect(stage.receiver.of('/operators?key=s3cret').length).toBeGreaterThan(2);
  });
  await stage.topics.produce(...eventsOf(20));
  await eventually(() => {
    expect(stage.receiver.of('/hook')).toHaveLength(20);
  });
  expect(told().map(({ type }) => type)).toEqual(['dead_letter']);
  const said = service.log.filter(({ msg }) => msg?.startsWith('notices cannot be sent') === true);
  expect(said).toMatchObject([{ to: stage.receiver.url('/operators?key=***'), why: 'it answered 500' }]);
  expect(JSON.stringify(service.log)).not.toMatch(/s3cret|operators-token/);
  await eventually(async () => {
    const scrape = await Scrape.of(service);
    expect(scrape.value('user_webhooks_notices_total', { to: 'url', outcome: 'sent' })).toBe(0);
    expect(scrape.value('user_webhooks_notices_total', { to: 'topic', outcome: 'sent' })).toBe(1);
  });
  expect((await service.stop()).code).toBe(0);
});

it('without its topic the service starts and says so, delivers, and sends what waits when the topic is there', async () => {
  const missing = `${stage.topics.notices}-later`;
  const service = await stage.startService({ CREATE_TOPICS: 'false', NOTICES_TOPIC: missing });
  const warning = service.log.find(({ msg }) => msg?.includes(missing) === true);
  expect(warning?.msg).toBe(
    `Notices are not published: Kafka has no topic ${missing}, or does not show it to this client. Create it, give the right to WRITE it, or set NOTICES_TOPIC=none to do without`,
  );
  await service.createWebhook({ url: stage.receiver.url('/hook') });
  await stage.topics.write([{ value: 'no JSON' }]);
  await eventually(() => {
    expect(service.log.filter(({ to }) => to === missing)).toMatchObject([
      { why: expect.stringContaining('UNKNOWN_TOPIC_OR_PARTITION') as string },
    ]);
  });
  await stage.topics.produce(...eventsOf(20));
  await eventually(async () => {
    expect(stage.receiver.of('/hook')).toHaveLength(20);
    expect(await stage.topics.committed()).toBe(21);
  });
  const ready = await service.rest(null).get('/health/ready', { baseURL: service.url });
  expect(ready.status).toBe(200);

  const admin = stage.topics.kafka.admin();
  await admin.connect();
  await admin.createTopics({ waitForLeaders: false, topics: [{ topic: missing, numPartitions: 1 }] });
  await admin.disconnect();
  await eventually(async () => {
    const scrape = await Scrape.of(service);
    expect(scrape.value('user_webhooks_notices_total', { to: 'topic', outcome: 'sent' })).toBe(1);
  });
  expect(service.log.filter(({ msg }) => msg === 'notices are sent again')).toHaveLength(1);
});
