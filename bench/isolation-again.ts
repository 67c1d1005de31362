/**
 * What is sent again for one webhook harms nobody: neither the live deliveries of the others nor its own. First nothing is
 * sent again; then a long range is replayed, or many deliveries that were given up are recovered, for as long as is
 * measured. What is sent again bears no time, so the sink measures live deliveries alone.
 */
import { withClient } from '../dev/embedded-postgres.ts';
import { waitFor } from '../dev/wait-for.ts';
import { groupOf } from './contenders.ts';
import { writeEvents, writeSteadily } from './load.ts';
import type { Rig } from './rig.ts';
import type { ServiceProcess } from './service-process.ts';
import type { PathStatistics } from './sink-process.ts';
import { median, percentileOf } from './statistics.ts';

export interface Again {
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly rounds: number;
  /** How many users the events are about. With few, many live deliveries wait for one of their user that is sent again. */
  readonly users: number;
}

const WEBHOOKS = 20;
const PARTITIONS = 8;
const WARM_UP_SECONDS = 5;
/** As a receiver elsewhere. */
const ANSWERS_AFTER_MS = 20;
/** More than can be sent in the time that is measured. */
const AGAIN_PER_SECOND = 10_000;
const LIMIT_MS = 120_000;

const GIVEN_UP = `
  INSERT INTO retries (delivery_id, webhook_id, order_key, status, due_at, attempts, event_id, event_type, event_timestamp,
    body, source_topic, source_partition, source_offset, username, dead_at)
  SELECT gen_random_uuid(), $1, md5('given-up-' || n % $3)::uuid, 'dead', now(), 10, 'given-up-' || n, 'user_created',
    '2026-11-20T09:30:00Z', convert_to(json_build_object('username', 'given-up-' || n % $3, 'note', repeat('x', 300))::text,
    'UTF8'), $4, (n % $3) % $5, n, 'given-up-' || n % $3, now() - interval '1 hour'
  FROM generate_series(0, $2 - 1) AS n ORDER BY n`;

const KINDS = ['nothing', 'a replay', 'a recovery'] as const;
type Kind = (typeof KINDS)[number];

interface Live {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

interface Outcome {
  readonly others: Live;
  readonly same: Live;
  /** Deliveries per second that were sent again meanwhile. */
  readonly againPerSecond: number;
}

/** Prints how live deliveries fare beside what is sent again, and beside nothing. */
export async function compareAgain(rig: Rig, again: Again): Promise<void> {
  const outcomes = new Map<Kind, Outcome[]>(KINDS.map((kind) => [kind, []]));
  const table: Record<string, Live & { again: number }> = {};
  for (let round = 1; round <= again.rounds; round += 1)
    for (const kind of KINDS) {
      const one = await run(rig, `${kind.replace(' ', '-')}-${again.users}-${round}`, kind, again);
      outcomes.get(kind)?.push(one);
      table[`${round}: ${kind}, the others`] = { ...one.others, again: one.againPerSecond };
      table[`${round}: ${kind}, the same webhook`] = { ...one.same, again: one.againPerSecond };
    }
  console.log(`\n${again.users} users`);
  console.table(table);
  const plain = outcomes.get('nothing') ?? [];
  for (const kind of KINDS.slice(1))
    for (const who of ['others', 'same'] as const) {
      const beside = outcomes.get(kind) ?? [];
      const ratio = (of: 'perSecond' | 'p99'): string =>
        median(beside.map((one, index) => one[who][of] / (plain[index]?.[who][of] ?? NaN))).toFixed(2);
      console.log(
        `beside ${kind}, ${who}: throughput × ${ratio('perSecond')} (at least 0.9 wanted), p99 × ${ratio('p99')} (at most 1.5 wanted)`,
      );
    }
}

async function run(rig: Rig, name: string, kind: Kind, again: Again): Promise<Outcome> {
  const { seconds, eventsPerSecond, users } = again;
  const topic = `events-${name}`;
  const count = seconds * AGAIN_PER_SECOND;
  await rig.createTopic(topic, PARTITIONS);
  // Also where nothing is replayed: so each has the same log.
  await writeEvents(rig.client, { topic, events: count, users, timed: false });
  const filledAt = new Date();
  const service = await rig.startService(name);
  try {
    // Nobody is there yet to get them.
    const read = async (): Promise<boolean> => (await rig.lag(topic, groupOf({ run: name }))) === 0;
    await waitFor(read, { timeoutMs: LIMIT_MS, what: 'the log to be read' });
    const path = `/slow/${ANSWERS_AFTER_MS}/${name}/same`;
    const id = await service.createWebhook({ url: rig.sink.url(path) });
    for (let index = 1; index < WEBHOOKS; index += 1)
      await service.createWebhook({ url: rig.sink.url(`/ok/${name}/other-${index}`) });
    if (kind === 'a recovery') await giveUp(await rig.database(name), [id, count, users, topic, PARTITIONS]);
    const write = async (events: number): Promise<void> => {
      await writeSteadily(rig.client, { topic, events, users }, eventsPerSecond);
      await waitFor(() => arrived(rig, name, events), { timeoutMs: LIMIT_MS, what: 'every event to arrive' });
    };
    await write(WARM_UP_SECONDS * eventsPerSecond);
    await rig.sink.statistics('reset');
    await begin(service, id, kind, filledAt);
    await write(seconds * eventsPerSecond);
    return outcomeOf(await statisticsOf(rig, name), path, count);
  } finally {
    await service.stop();
    await rig.deleteTopics(topic);
  }
}

async function giveUp(databaseUrl: string, values: unknown[]): Promise<void> {
  await withClient(databaseUrl, async (client) => {
    await client.query(GIVEN_UP, values);
    await client.query('ANALYZE retries');
  });
}

async function begin(service: ServiceProcess, id: string, kind: Kind, filledAt: Date): Promise<void> {
  const from = '2020-01-01T00:00:00Z';
  if (kind === 'a replay') await service.replay(id, { from, to: filledAt.toISOString() });
  if (kind === 'a recovery') await service.recover(id, { since: from });
}

async function statisticsOf(rig: Rig, name: string): Promise<Map<string, PathStatistics>> {
  const all = Object.entries(await rig.sink.statistics());
  return new Map(all.filter(([path]) => path.includes(`/${name}/`)));
}

async function arrived(rig: Rig, name: string, events: number): Promise<boolean> {
  const statistics = await statisticsOf(rig, name);
  return statistics.size === WEBHOOKS && [...statistics.values()].every((one) => live(one) >= events);
}

/** How many live deliveries there were. */
function live({ latencies }: PathStatistics): number {
  return Object.values(latencies).reduce((sum, count) => sum + count, 0);
}

function outcomeOf(statistics: ReadonlyMap<string, PathStatistics>, path: string, most: number): Outcome {
  const same = statistics.get(path);
  if (!same) throw new Error(`nothing has arrived at ${path}`);
  const others = [...statistics.values()].filter((one) => one !== same);
  const again = same.count - live(same);
  if (again >= most)
    console.warn(`all ${most} were sent again before the end: the figures are better than they are`);
  const perSecond = (count: number, one: PathStatistics): number =>
    Math.round((count * 1_000) / (one.last - one.first));
  const of = (some: readonly PathStatistics[]): Live => ({
    perSecond: median(some.map((one) => perSecond(live(one), one))),
    p50: percentileOf(
      some.map(({ latencies }) => latencies),
      0.5,
    ),
    p99: percentileOf(
      some.map(({ latencies }) => latencies),
      0.99,
    ),
  });
  return { others: of(others), same: of([same]), againPerSecond: perSecond(again, same) };
}
