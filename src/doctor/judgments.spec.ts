/** Every judgment, at the border where it changes. */
import { describe, expect, it } from 'vitest';
import type { DatabaseFacts } from '../database/inspect.ts';
import { TransportFailure } from '../delivery/transport-failure.ts';
import { PARENTS, tableOf } from '../history/days.ts';
import { DAY_MS } from '../history/day.ts';
import { within } from './examine.ts';
import { asJson, asLines, exitCode, fault, ok, warning } from './finding.ts';
import { judgeClock } from './judge-clock.ts';
import { judgeDatabase, judgeDays } from './judge-database.ts';
import { judgeTopics, type TopicFacts } from './judge-topics.ts';
import { judgeReceiver } from './receiver-check.ts';

const partition = { leader: 1, replicas: 3, inSync: 3 };

function topic(values: Partial<TopicFacts> = {}, configs: Record<string, string> = {}): TopicFacts {
  return {
    topic: 'user-events',
    purpose: 'events',
    partitions: [partition, partition],
    configs: new Map(Object.entries({ 'min.insync.replicas': '2', ...configs })),
    ...values,
  };
}

describe('a topic', () => {
  it.each<[string, TopicFacts, string]>([
    ['in order', topic(), 'ok partitions: 2, replicas: 3'],
    [
      'whose broker is away',
      topic({ partitions: [partition, { leader: -1, replicas: 3, inSync: 0 }] }),
      'fault partitions without a leader: 1',
    ],
    [
      'that wants more replicas than there are',
      topic({}, { 'min.insync.replicas': '4' }),
      'fault min.insync.replicas is 4, but there are 3 replicas',
    ],
    [
      'that takes no writes',
      topic({ partitions: [partition, { leader: 1, replicas: 3, inSync: 1 }] }),
      'fault partitions with fewer in-sync replicas than min.insync.replicas (2): 1',
    ],
    [
      'with a replica that lags',
      topic({ partitions: [partition, { leader: 1, replicas: 3, inSync: 2 }] }),
      'warning partitions with replicas that are not in sync: 1',
    ],
    [
      'that no broker may leave',
      topic({}, { 'min.insync.replicas': '3' }),
      'warning min.insync.replicas is 3 of 3 replicas',
    ],
    [
      'that may lose what was acknowledged',
      topic({}, { 'min.insync.replicas': '1' }),
      'warning min.insync.replicas is 1, so what',
    ],
    [
      'without a copy',
      topic(
        { partitions: [partition, { leader: 1, replicas: 1, inSync: 1 }] },
        { 'min.insync.replicas': '1' },
      ),
      'warning has one replica',
    ],
    ['of one partition', topic({ partitions: [partition] }), 'warning has one partition'],
    ['of which nothing is told', topic({ configs: null }), 'warning the brokers do not tell'],
    [
      'of results that is compacted',
      topic({ purpose: 'results' }, { 'cleanup.policy': 'compact,delete' }),
      'warning is compacted',
    ],
  ])('%s', (_name, facts, expected) => {
    const found = judgeTopics([facts]).map((finding) => `${finding.state} ${finding.found}`);
    expect(found).toContainEqual(expect.stringContaining(expected));
    expect(found.some((line) => line.startsWith('fault'))).toBe(expected.startsWith('fault'));
  });

  it('of dead letters has room for more than an event', () => {
    const letters = (bytes: string): TopicFacts =>
      topic({ topic: 'letters', purpose: 'dead letters' }, { 'max.message.bytes': bytes });
    const events = topic({}, { 'max.message.bytes': '1048588' });
    expect(judgeTopics([events, letters('8388608')]).map(({ state }) => state)).toEqual(['ok', 'ok']);
    expect(judgeTopics([events, letters('1048588')])).toContainEqual(
      expect.objectContaining({ check: 'topic letters', state: 'warning' }),
    );
  });
});

describe('PostgreSQL', () => {
  const facts: DatabaseFacts = {
    versionNumber: 180_001,
    isReadOnly: false,
    user: 'user_webhooks',
    encoding: 'UTF8',
    isEmpty: false,
    pending: [],
    unknown: [],
    mayCreate: true,
    denied: [],
    clock: { aheadMs: 0, uncertainMs: 0 },
  };

  it.each<[string, Partial<DatabaseFacts>, string[]]>([
    ['in order', {}, ['ok', 'ok', 'ok']],
    ['that is a standby', { isReadOnly: true }, ['fault']],
    ['that is too old', { versionNumber: 130_022 }, ['fault', 'ok', 'ok']],
    ['that is just new enough', { versionNumber: 140_000 }, ['ok', 'ok', 'ok']],
    ['that cannot hold every name', { encoding: 'LATIN1' }, ['ok', 'fault', 'ok', 'ok']],
    ['that is empty', { isEmpty: true, pending: ['A'] }, ['ok', 'warning']],
    ['of the release before', { pending: ['A'] }, ['ok', 'warning', 'ok']],
    ['in which nothing can be made', { pending: ['A'], mayCreate: false }, ['ok', 'fault', 'ok']],
    ['of a newer release', { unknown: ['Z'] }, ['ok', 'warning', 'ok']],
    ['in which a right is missing', { denied: ['DELETE retries'] }, ['ok', 'ok', 'fault']],
  ])('%s', (_name, values, states) => {
    const findings = judgeDatabase({ ...facts, ...values }, 'localhost:5432');
    expect(findings.map(({ state }) => state)).toEqual(states);
  });

  it('has the days of tomorrow, or never had any, or somebody must look', () => {
    const now = Date.parse('2026-11-27T23:59:59Z');
    const tables = (days: number[]): Set<string> =>
      new Set(
        days.flatMap((day) =>
          PARENTS.map((parent) => tableOf(parent, Math.floor(now / DAY_MS + day) * DAY_MS)),
        ),
      );
    expect(judgeDays(tables([0, 1]), true, now).state).toBe('ok');
    expect(judgeDays(tables([0]), true, now)).toMatchObject({
      state: 'fault',
      found: expect.stringContaining('attempts_delivered_2026_11_28, attempts_failed_2026_11_28') as string,
    });
    expect(judgeDays(new Set(), true, now).state).toBe('warning');
    expect(judgeDays(tables([0, 1]), false, now).state).toBe('fault');
  });
});

describe('a clock', () => {
  it.each([
    [0, 0, 'ok'],
    [2_000, 0, 'ok'],
    [-2_001, 0, 'warning'],
    [2_500, 600, 'ok'],
    [30_000, 0, 'warning'],
    [-30_001, 0, 'fault'],
  ])('that is %d ms ahead, with %d ms unknown, is %s', (aheadMs, uncertainMs, state) => {
    expect(judgeClock('PostgreSQL', aheadMs, uncertainMs).state).toBe(state);
  });
});

describe('a receiver', () => {
  const answered = (statusCode: number): string =>
    judgeReceiver('https://a.example/', {
      answer: { statusCode, headers: {}, body: Buffer.alloc(0), cut: false },
    }).state;

  it('may answer anything to HEAD, but for a redirect and an error of its own', () => {
    expect([200, 401, 404, 405].map(answered)).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect([301, 500, 503].map(answered)).toEqual(['warning', 'warning', 'warning']);
  });

  it('that cannot be reached has the error code of a delivery, and what to do', () => {
    const failure = new TransportFailure('tls_error', 'its certificate has expired');
    expect(judgeReceiver('https://a.example/', { failure })).toMatchObject({
      state: 'fault',
      found: 'https://a.example/ cannot be reached (tls_error): its certificate has expired',
      toDo: expect.stringContaining('certificate') as string,
    });
  });
});

describe('the report', () => {
  const findings = [ok('a', 'fine'), warning('of b', 'weak', 'do this'), fault('c', 'broken')];

  it('has a line for each, and what to do', () => {
    expect(asLines(findings)).toBe(
      [
        'ok       a     fine',
        'warning  of b  weak',
        '               → do this',
        'fault    c     broken',
        '',
        'Faults: 1, warnings: 1, ok: 1.',
        '',
      ].join('\n'),
    );
  });

  it('is JSON for machines', () => {
    expect(JSON.parse(asJson(findings))).toEqual({
      ok: false,
      findings: [
        { check: 'a', state: 'ok', found: 'fine', to_do: null },
        { check: 'of b', state: 'warning', found: 'weak', to_do: 'do this' },
        { check: 'c', state: 'fault', found: 'broken', to_do: null },
      ],
    });
  });

  it('is a failure only with a fault', () => {
    expect([exitCode(findings), exitCode(findings.slice(0, 2)), exitCode([])]).toEqual([1, 0, 0]);
  });
});

describe('a check', () => {
  it('that gets no answer is a fault', async () => {
    const silent = new Promise<never>(() => undefined);
    expect(await within('Kafka', 1, silent)).toMatchObject([{ check: 'Kafka', state: 'fault' }]);
  });

  it('that fails as nobody thought of is a fault, and keeps no other back', async () => {
    const [finding] = await within('Kafka', 60_000, Promise.reject(new TypeError('odd')));
    expect(finding).toMatchObject({ state: 'fault', found: 'it could not be examined (TypeError: odd)' });
  });
});
