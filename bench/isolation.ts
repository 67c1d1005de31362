/**
 * A bad endpoint harms nobody else: every webhook gets every event, at a steady rate. First all are well; then some are
 * bad; in turn, several times. Shown for those that are well in both: deliveries per second, p50 and p99 from produce
 * to arrival, and the median of the rounds' ratios.
 *
 * Bad is one that hangs for the full timeout and one that refuses connections, of 20; then 4 of 5 that answer after
 * 10 s; then 4, 40 and 400 of 500 that do so, with a tenth of the events. At last one is sent its past again
 * (`isolation-again.ts`), to many users and to few.
 *
 * `npm run bench:isolation [-- seconds eventsPerSecond rounds [case]]`, a case being 0 to 6
 */
import { waitFor } from '../dev/wait-for.ts';
import { compareAgain } from './isolation-again.ts';
import { writeSteadily } from './load.ts';
import { Rig } from './rig.ts';
import type { ServiceProcess } from './service-process.ts';
import type { PathStatistics } from './sink-process.ts';
import { median, percentileOf } from './statistics.ts';

/** Longer than a request's deadline, so that the hanging endpoint's breaker opens and its backlog is stored within. */
const SECONDS = Number(process.argv[2] ?? 30);
const EVENTS_PER_SECOND = Number(process.argv[3] ?? 100);
const ROUNDS = Number(process.argv[4] ?? 3);
const WARM_UP_SECONDS = 5;
const USERS = 500;
const USERS_SENT_TO_AGAIN = [20_000, 500];
const SLOW_MS = 10_000;
const CREATED_AT_ONCE = 8;
/** A port nobody listens on. */
const REFUSED = 'http://127.0.0.1:9/';
const LIMIT = { timeoutMs: 120_000, what: 'every event to arrive at the other endpoints' };

interface Case {
  readonly bad: string;
  /** Webhooks that are well throughout. */
  readonly others: number;
  readonly eventsPerSecond: number;
  /** Paths of the sink, or addresses, of those that are bad. */
  readonly badOnes: (name: string) => string[];
}

function slowOnes(slow: number, of: number, eventsPerSecond: number): Case {
  return {
    bad: `${slow} of ${of} are slow`,
    others: of - slow,
    eventsPerSecond,
    badOnes: (name) => Array.from({ length: slow }, (_, index) => `/slow/${SLOW_MS}/${name}/${index}`),
  };
}

const CASES: readonly Case[] = [
  {
    bad: 'one hangs, one refuses, of 20',
    others: 18,
    eventsPerSecond: EVENTS_PER_SECOND,
    badOnes: (name) => [`/hang/${name}`, `${REFUSED}${name}`],
  },
  slowOnes(4, 5, EVENTS_PER_SECOND),
  slowOnes(4, 500, EVENTS_PER_SECOND / 10),
  slowOnes(40, 500, EVENTS_PER_SECOND / 10),
  slowOnes(400, 500, EVENTS_PER_SECOND / 10),
];

interface Outcome {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

async function createAll(service: ServiceProcess, urls: readonly string[]): Promise<void> {
  for (let at = 0; at < urls.length; at += CREATED_AT_ONCE)
    await Promise.all(urls.slice(at, at + CREATED_AT_ONCE).map((url) => service.createWebhook({ url })));
}

/** @param urls of those that may be bad; they are registered when the service is warm. */
async function run(
  rig: Rig,
  name: string,
  { others: count, eventsPerSecond }: Case,
  urls: readonly string[],
): Promise<Outcome> {
  const service = await rig.startService(name);
  const write = (events: number): Promise<void> =>
    writeSteadily(rig.client, { topic: `events-${name}`, events, users: USERS }, eventsPerSecond);
  const others = async (): Promise<PathStatistics[]> =>
    Object.entries(await rig.sink.statistics()).flatMap(([path, one]) =>
      path.includes(`/${name}/other-`) ? [one] : [],
    );
  const arrived = (expected: number): Promise<boolean> =>
    waitFor(async () => {
      const statistics = await others();
      return statistics.length === count && statistics.every((one) => one.count >= expected);
    }, LIMIT);
  let statistics: PathStatistics[];
  try {
    const well = Array.from({ length: count }, (_, index) => rig.sink.url(`/ok/${name}/other-${index}`));
    await createAll(service, well);
    const warmUp = WARM_UP_SECONDS * eventsPerSecond;
    await write(warmUp);
    await arrived(warmUp);
    await createAll(service, urls);
    await rig.sink.statistics('reset');
    const expected = SECONDS * eventsPerSecond;
    await write(expected);
    await arrived(expected);
    statistics = await others();
  } finally {
    await service.stop();
  }
  const latencies = statistics.map((one) => one.latencies);
  const perSecond = median(statistics.map((one) => (one.count * 1_000) / (one.last - one.first)));
  return { perSecond, p50: percentileOf(latencies, 0.5), p99: percentileOf(latencies, 0.99) };
}

async function compare(rig: Rig, one: Case, index: number): Promise<void> {
  const throughputs: number[] = [];
  const p99s: number[] = [];
  const table: Record<string, Outcome> = {};
  for (let round = 1; round <= ROUNDS; round += 1) {
    const [wellName, badName] = [`well-${index}-${round}`, `bad-${index}-${round}`];
    const wellOnes = one.badOnes(wellName).map((_, at) => rig.sink.url(`/ok/${wellName}/${at}`));
    const badOnes = one.badOnes(badName).map((url) => (url.startsWith('/') ? rig.sink.url(url) : url));
    const well = await run(rig, wellName, one, wellOnes);
    const bad = await run(rig, badName, one, badOnes);
    table[`${round}: all are well`] = well;
    table[`${round}: ${one.bad}`] = bad;
    throughputs.push(bad.perSecond / well.perSecond);
    p99s.push(bad.p99 / well.p99);
  }
  console.table(table);
  console.log(
    `throughput of the ${one.others} others: × ${median(throughputs).toFixed(2)} (at least 0.9 wanted)`,
  );
  console.log(`their p99: × ${median(p99s).toFixed(2)} (at most 1.5 wanted)`);
}

const rig = await Rig.start();
try {
  const chosen = process.argv[5];
  for (const [index, one] of CASES.entries())
    if (chosen === undefined || Number(chosen) === index) await compare(rig, one, index);
  const again = { seconds: SECONDS, eventsPerSecond: EVENTS_PER_SECOND, rounds: ROUNDS };
  for (const [at, users] of USERS_SENT_TO_AGAIN.entries())
    if (chosen === undefined || Number(chosen) === CASES.length + at)
      await compareAgain(rig, { ...again, users });
} finally {
  await rig.close();
}
