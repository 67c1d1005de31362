/**
 * One bad endpoint harms nobody else: 20 webhooks get every event, at a steady rate. First all are well; then one
 * hangs for the full timeout and one refuses connections. Shown for the other 18: deliveries per second, p50 and p99
 * from produce to arrival, in both cases and as a ratio.
 *
 * `npm run bench:isolation [-- seconds eventsPerSecond]`
 */
import { waitFor } from '../dev/wait-for.ts';
import { writeSteadily } from './load.ts';
import { Rig } from './rig.ts';
import type { PathStatistics } from './sink-process.ts';
import { median, percentileOf } from './statistics.ts';

const SECONDS = Number(process.argv[2] ?? 40);
const EVENTS_PER_SECOND = Number(process.argv[3] ?? 100);
const WEBHOOKS = 20;
const USERS = 500;
/** A port nobody listens on. */
const REFUSED = 'http://127.0.0.1:9/';

interface Outcome {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

async function run(rig: Rig, name: string, bad: boolean): Promise<Outcome> {
  await rig.sink.statistics('reset');
  const service = await rig.startService(name);
  const good = WEBHOOKS - 2;
  for (let index = 0; index < WEBHOOKS; index += 1) {
    const kind = index < good || !bad ? 'ok' : index === good ? 'hang' : 'refused';
    const url = kind === 'refused' ? `${REFUSED}${name}` : rig.sink.url(`/${kind}/${name}-${index}`);
    await service.createWebhook({ url });
  }
  const expected = SECONDS * EVENTS_PER_SECOND;
  await writeSteadily(
    rig.client,
    { topic: `events-${name}`, events: expected, users: USERS },
    EVENTS_PER_SECOND,
  );
  const watched = async (): Promise<[string, PathStatistics][]> =>
    Object.entries(await rig.sink.statistics()).filter(([path]) => {
      const index = Number(/-(\d+)$/.exec(path)?.[1]);
      return index < good;
    });
  await waitFor(async () => (await watched()).every(([, { count }]) => count >= expected), {
    timeoutMs: 120_000,
    what: 'every event to arrive at the good endpoints',
  });
  const statistics = (await watched()).map(([, one]) => one);
  await service.stop();
  const latencies = statistics.map((one) => one.latencies);
  const perSecond = median(statistics.map(({ count, first, last }) => (count * 1_000) / (last - first)));
  return { perSecond, p50: percentileOf(latencies, 0.5), p99: percentileOf(latencies, 0.99) };
}

const rig = await Rig.start();
try {
  const well = await run(rig, 'well', false);
  const bad = await run(rig, 'bad', true);
  console.table({ 'all 20 well': well, 'one hangs, one refuses': bad });
  console.log(
    `throughput of the 18 others: × ${(bad.perSecond / well.perSecond).toFixed(2)} (at least 0.9 wanted)`,
  );
  console.log(`their p99: × ${(bad.p99 / well.p99).toFixed(2)} (at most 1.5 wanted)`);
} finally {
  await rig.close();
}
