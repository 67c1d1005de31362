/**
 * One bad endpoint harms nobody else: 20 webhooks get every event, at a steady rate. First all are well; then one
 * hangs for the full timeout and one refuses connections; in turn, several times. Shown for the other 18: deliveries
 * per second, p50 and p99 from produce to arrival, in both cases and as the median of the rounds' ratios.
 *
 * `npm run bench:isolation [-- seconds eventsPerSecond rounds]`
 */
import { waitFor } from '../dev/wait-for.ts';
import { writeSteadily } from './load.ts';
import { Rig } from './rig.ts';
import type { PathStatistics } from './sink-process.ts';
import { median, percentileOf } from './statistics.ts';

/** Longer than a request's deadline, so that the hanging endpoint's breaker opens and its backlog is stored within. */
const SECONDS = Number(process.argv[2] ?? 30);
const EVENTS_PER_SECOND = Number(process.argv[3] ?? 100);
const ROUNDS = Number(process.argv[4] ?? 3);
/** Webhooks beside the two that are bad. */
const OTHERS = 18;
const WARM_UP_SECONDS = 5;
const USERS = 500;
/** A port nobody listens on. */
const REFUSED = 'http://127.0.0.1:9/';
const LIMIT = { timeoutMs: 120_000, what: 'every event to arrive at the other endpoints' };

interface Outcome {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

/** @param bad whether the two others hang and refuse; they are registered when the service is warm. */
async function run(rig: Rig, name: string, bad: boolean): Promise<Outcome> {
  const service = await rig.startService(name);
  const write = (events: number): Promise<void> =>
    writeSteadily(rig.client, { topic: `events-${name}`, events, users: USERS }, EVENTS_PER_SECOND);
  const others = async (): Promise<PathStatistics[]> =>
    Object.entries(await rig.sink.statistics()).flatMap(([path, one]) =>
      path.includes(`/${name}/other-`) ? [one] : [],
    );
  const arrived = (expected: number): Promise<boolean> =>
    waitFor(async () => {
      const statistics = await others();
      return statistics.length === OTHERS && statistics.every(({ count }) => count >= expected);
    }, LIMIT);
  let statistics: PathStatistics[];
  try {
    for (let index = 0; index < OTHERS; index += 1) {
      await service.createWebhook({ url: rig.sink.url(`/ok/${name}/other-${index}`) });
    }
    const warmUp = WARM_UP_SECONDS * EVENTS_PER_SECOND;
    await write(warmUp);
    await arrived(warmUp);
    await service.createWebhook({ url: rig.sink.url(`/${bad ? 'hang' : 'ok'}/${name}/first`) });
    await service.createWebhook({ url: bad ? `${REFUSED}${name}` : rig.sink.url(`/ok/${name}/second`) });
    await rig.sink.statistics('reset');
    const expected = SECONDS * EVENTS_PER_SECOND;
    await write(expected);
    await arrived(expected);
    statistics = await others();
  } finally {
    await service.stop();
  }
  const latencies = statistics.map((one) => one.latencies);
  const perSecond = median(statistics.map(({ count, first, last }) => (count * 1_000) / (last - first)));
  return { perSecond, p50: percentileOf(latencies, 0.5), p99: percentileOf(latencies, 0.99) };
}

const rig = await Rig.start();
try {
  const throughputs: number[] = [];
  const p99s: number[] = [];
  const table: Record<string, Outcome> = {};
  for (let round = 1; round <= ROUNDS; round += 1) {
    const well = await run(rig, `well-${round}`, false);
    const bad = await run(rig, `bad-${round}`, true);
    table[`${round}: all 20 well`] = well;
    table[`${round}: one hangs, one refuses`] = bad;
    throughputs.push(bad.perSecond / well.perSecond);
    p99s.push(bad.p99 / well.p99);
  }
  console.table(table);
  console.log(`throughput of the 18 others: × ${median(throughputs).toFixed(2)} (at least 0.9 wanted)`);
  console.log(`their p99: × ${median(p99s).toFixed(2)} (at most 1.5 wanted)`);
} finally {
  await rig.close();
}
