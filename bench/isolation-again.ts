/**
 * What is sent again for one webhook harms nobody: neither the live deliveries of the others nor its own. One service
 * delivers at a steady rate. In turn, nothing is sent again; then a long range is replayed, or many deliveries that were
 * given up are recovered, for as long as is measured. What is sent again bears no time, so the sink measures live
 * deliveries alone.
 *
 * Two figures are shown of each turn: p99 of all its deliveries, and the median of the p99 of its seconds. On a machine
 * that others load as well, a single stall of some 300 ms decides the first, and does not touch the second.
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

const KINDS = ['a replay', 'a recovery'] as const;
type Kind = (typeof KINDS)[number];
const SECOND_MS = 1_000;

interface Live {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** The median of the p99 of each second. */
  readonly p99OfSeconds: number;
}

interface Outcome {
  readonly others: Live;
  readonly same: Live;
  /** Deliveries per second that were sent again meanwhile. */
  readonly againPerSecond: number;
}

interface Turn {
  readonly alone: Outcome;
  readonly beside: Outcome;
}

/** Prints how live deliveries fare beside what is sent again, and beside nothing. */
export async function compareAgain(rig: Rig, again: Again): Promise<void> {
  for (const kind of KINDS) {
    const turns = await run(rig, `${kind.replace(' ', '-')}-${again.users}`, kind, again);
    const rows = turns.flatMap(({ alone, beside }, index) =>
      (['others', 'same'] as const).flatMap((who) => [
        [`${index + 1}: ${who}, alone`, { ...alone[who], again: alone.againPerSecond }] as const,
        [`${index + 1}: ${who}, beside ${kind}`, { ...beside[who], again: beside.againPerSecond }] as const,
      ]),
    );
    console.log(`\n${again.users} users`);
    console.table(Object.fromEntries(rows));
    for (const who of ['others', 'same'] as const) {
      const ratio = (of: keyof Live): string =>
        median(turns.map(({ alone, beside }) => beside[who][of] / alone[who][of])).toFixed(2);
      // A recovery works in PostgreSQL, which has the same processors here.
      const wanted = kind === 'a replay' ? ' (at most 1.5 wanted)' : '';
      console.log(
        `beside ${kind}, ${who}: throughput × ${ratio('perSecond')} (at least 0.9 wanted), p99 × ${ratio('p99')}, of seconds × ${ratio('p99OfSeconds')}${wanted}`,
      );
    }
  }
}

async function run(rig: Rig, name: string, kind: Kind, again: Again): Promise<Turn[]> {
  const { seconds, eventsPerSecond, rounds, users } = again;
  const topic = `events-${name}`;
  const count = seconds * AGAIN_PER_SECOND;
  await rig.createTopic(topic, PARTITIONS);
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
    const measure = async (events: number): Promise<Outcome> => {
      const write = writeSteadily(rig.client, { topic, events, users }, eventsPerSecond);
      return outcomeOf(await secondsOf(rig, name, { events, write }), path);
    };
    await measure(WARM_UP_SECONDS * eventsPerSecond);
    const turns: Turn[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const alone = await measure(seconds * eventsPerSecond);
      if (kind === 'a recovery')
        await giveUp(await rig.database(name), [id, count, users, topic, PARTITIONS]);
      const replay = await begin(service, id, kind, filledAt);
      const beside = await measure(seconds * eventsPerSecond);
      if (await service.stopReplay(replay)) turns.push({ alone, beside });
      else throw new Error('all was sent again before the end: write more events');
      await nothingArrives(rig);
    }
    return turns;
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

async function begin(service: ServiceProcess, id: string, kind: Kind, filledAt: Date): Promise<string> {
  const from = '2020-01-01T00:00:00Z';
  return kind === 'a replay'
    ? service.replay(id, { from, to: filledAt.toISOString() })
    : service.recover(id, { since: from });
}

/** What is under way when it is stopped still arrives. */
async function nothingArrives(rig: Rig): Promise<void> {
  await rig.sink.statistics('reset');
  const isNothing = async (): Promise<boolean> =>
    Object.keys(await rig.sink.statistics('reset')).length === 0;
  await waitFor(isNothing, { timeoutMs: LIMIT_MS, everyMs: SECOND_MS, what: 'nothing to arrive' });
}

type Second = ReadonlyMap<string, PathStatistics>;

/** What arrived in each second until all of these events have. */
async function secondsOf(
  rig: Rig,
  name: string,
  { events, write }: { events: number; write: Promise<void> },
): Promise<Second[]> {
  const seconds: Second[] = [];
  const count = new Map<string, number>();
  const isAll = async (): Promise<boolean> => {
    const all = Object.entries(await rig.sink.statistics('reset')).filter(([path]) =>
      path.includes(`/${name}/`),
    );
    seconds.push(new Map(all));
    for (const [path, one] of all) count.set(path, (count.get(path) ?? 0) + live(one));
    return count.size === WEBHOOKS && [...count.values()].every((one) => one >= events);
  };
  await rig.sink.statistics('reset');
  const arrived = waitFor(isAll, {
    timeoutMs: LIMIT_MS,
    everyMs: SECOND_MS,
    what: 'every event to arrive',
  });
  await Promise.all([arrived, write]);
  return seconds;
}

/** How many live deliveries there were. */
function live({ latencies }: PathStatistics): number {
  return Object.values(latencies).reduce((sum, count) => sum + count, 0);
}

function outcomeOf(seconds: readonly Second[], path: string): Outcome {
  const of = (isOne: (path: string) => boolean): PathStatistics[][] =>
    seconds.map((second) => [...second].filter(([one]) => isOne(one)).map(([, statistics]) => statistics));
  const same = of((one) => one === path);
  const all = same.flat();
  const tookMs = Math.max(...all.map(({ last }) => last)) - Math.min(...all.map(({ first }) => first));
  const again = all.reduce((sum, one) => sum + one.count - live(one), 0);
  return {
    others: liveOf(of((one) => one !== path)),
    same: liveOf(same),
    againPerSecond: Math.round((again * SECOND_MS) / tookMs),
  };
}

/** @param seconds of each, the webhooks. */
function liveOf(seconds: readonly (readonly PathStatistics[])[]): Live {
  const all = seconds.flat();
  const tookMs = Math.max(...all.map(({ last }) => last)) - Math.min(...all.map(({ first }) => first));
  const histograms = all.map(({ latencies }) => latencies);
  const ofSeconds = seconds.map((second) =>
    percentileOf(
      second.map(({ latencies }) => latencies),
      0.99,
    ),
  );
  return {
    perSecond: Math.round((all.reduce((sum, one) => sum + live(one), 0) * SECOND_MS) / tookMs),
    p50: percentileOf(histograms, 0.5),
    p99: percentileOf(histograms, 0.99),
    p99OfSeconds: median(ofSeconds.filter((one) => !Number.isNaN(one))),
  };
}
