/**
 * Thousands of deliveries that were given up are recovered at once, each user's in order, and hold nothing else up. `ROWS=` says
 * how many; what it took is printed.
 */
import { afterEach, expect, it } from 'vitest';
import { withClient } from '../../dev/embedded-postgres.ts';
import { eventually } from '../support/eventually.ts';
import { Load } from '../support/load.ts';
import { PeakMemory } from '../support/peak-memory.ts';
import { Stage } from '../support/stage.ts';

const ROWS = Number(process.env['ROWS'] ?? 4_000);
const USERS = Math.ceil(ROWS / 20);
const PARTITIONS = 8;
const WITHIN_MS = 110_000 + ROWS * 5;

let stage: Stage;

afterEach(() => stage.strike());

const SEED = `
  INSERT INTO retries (delivery_id, webhook_id, order_key, status, due_at, attempts, event_id, event_type, event_timestamp,
    body, source_topic, source_partition, source_offset, username, dead_at)
  SELECT gen_random_uuid(), $1, md5('given-up-' || n % $3)::uuid, 'dead', now(), 10, 'given-up-' || n, 'user_modified',
    '2026-11-20T09:30:00Z', convert_to(json_build_object('username', 'given-up-' || n % $3, 'index', n)::text, 'UTF8'),
    $4, (n % $3) % $5, n, 'given-up-' || n % $3, now() - interval '1 hour'
  FROM generate_series(0, $2 - 1) AS n ORDER BY n`;

/** Milliseconds from the topic to the receiver, of these events. */
function latencies(load: Load, path: string, from: number, to: number): number[] {
  return stage.receiver
    .of(path)
    .flatMap(({ headers, at }) => {
      const takenAt = load.takenAt.get(String(headers['webhook-id']));
      return takenAt !== undefined && takenAt >= from && takenAt < to ? [Math.max(0, at - takenAt)] : [];
    })
    .sort((a, b) => a - b);
}

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.floor(sorted.length * share)] ?? NaN;

it(
  'many deliveries that were given up are recovered in order, while others are delivered',
  async () => {
    stage = await Stage.set();
    const service = await stage.startService();
    const given = await service.createWebhook({ url: stage.receiver.url('/given-up') });
    await service.createWebhook({ url: stage.receiver.url('/other') });
    await withClient(stage.database.url, async (client) => {
      await client.query(SEED, [given, ROWS, USERS, stage.topics.events, PARTITIONS]);
    });
    // Counted as they come: whoever looks through all of them again and again holds the receiver up.
    let recovered = 0;
    stage.receiver.answer = ({ body }, response) => {
      if (body.includes('"given-up-')) recovered += 1;
      setTimeout(() => response.end(), 5);
    };
    const load = new Load(stage.topics, { users: 50, perSecond: 100 });
    await eventually(() => {
      expect(stage.receiver.of('/other').length).toBeGreaterThan(500);
    });
    const memory = new PeakMemory(service.process.pid ?? 0);
    const startedAt = Date.now();
    const { status, data } = await service
      .rest()
      .post<{ id: string; total: number }>(`/webhooks/${given}/recover`, { since: '2020-01-01T00:00:00Z' });
    expect([status, data.total]).toEqual([202, ROWS]);
    await eventually(() => {
      expect(recovered).toBeGreaterThan(ROWS / 4);
    }, WITHIN_MS);
    const others = stage.receiver.requests.filter(
      ({ at: when, body }) => when >= startedAt && !body.includes('"given-up-'),
    );
    expect(new Set(others.map(({ path }) => path))).toEqual(new Set(['/other', '/given-up']));
    await eventually(() => {
      expect(recovered).toBeGreaterThanOrEqual(ROWS);
    }, WITHIN_MS);
    const endedAt = Date.now();
    await eventually(async () => {
      const answer = await service.rest().get(`/replays/${data.id}`);
      expect(answer.data).toMatchObject({ status: 'done', matched: ROWS, delivered: ROWS, exhausted: 0 });
    });
    await load.stop();
    memory.stop();
    const bodies = stage.receiver
      .of('/given-up')
      .filter(({ body }) => body.includes('"given-up-'))
      .map(({ body }) => JSON.parse(body) as { username: string; index: number });
    expect(bodies).toHaveLength(ROWS);
    for (const [user, theirs] of Map.groupBy(bodies, ({ username }) => username)) {
      const indexes = theirs.map(({ index }) => index);
      expect(indexes, user).toEqual([...indexes].sort((a, b) => a - b));
    }
    const figures = (path: string): object => {
      const [before, during] = [
        latencies(load, path, 0, startedAt),
        latencies(load, path, startedAt, endedAt),
      ];
      return {
        before: { p50: at(before, 0.5), p99: at(before, 0.99) },
        during: { p50: at(during, 0.5), p99: at(during, 0.99) },
      };
    };
    console.log({
      rows: ROWS,
      seconds: (endedAt - startedAt) / 1_000,
      peakMiB: Math.round(memory.peakMiB),
      other: figures('/other'),
      same: figures('/given-up'),
    });
  },
  2 * WITHIN_MS,
);
