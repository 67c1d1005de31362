/**
 * What a retry row costs: of 100 webhooks 1, 10 or 50 answer 500 to everything, so their breakers open and their
 * deliveries are stored. The events are written when the service stands; each case ends when all of its events are
 * committed: delivered, or stored. The first retry is an hour away, so that storing is measured and nothing else.
 */
import { waitFor } from '../../dev/wait-for.ts';
import { withClient } from '../../dev/embedded-postgres.ts';
import { writeEvents } from '../load.ts';
import { groupOf, resultsOf, startContender } from '../contenders.ts';
import type { Figures } from '../measure.ts';
import type { Options } from '../options.ts';
import type { Rig } from '../rig.ts';
import type { Line, Outcome } from '../scenario.ts';
import { median } from '../statistics.ts';

const WEBHOOKS = 100;
const USERS = 1_000;
const PARTITIONS = 8;
const WITHIN_MS = 300_000;

interface Round {
  readonly figures: Figures;
  readonly rows: number;
}

export async function failing(rig: Rig, { events: wanted, rounds }: Options): Promise<Outcome[]> {
  const events = Math.floor(wanted / WEBHOOKS);
  const cases = [0, 1, 10, 50].map((bad) => ({ bad, measured: [] as Round[] }));
  for (let round = 1; round <= rounds; round += 1) {
    for (const { bad, measured } of cases) measured.push(await one(rig, events, bad, round));
  }
  const healthy = cases[0]?.measured.map(({ figures }) => figures.cpuSecondsPer10k) ?? [];
  const lines = cases.map(({ bad, measured }): Line => {
    const costs = measured.map(({ figures, rows }, round) => rowCost(figures, rows, healthy[round] ?? NaN));
    return {
      name: `${bad} of ${WEBHOOKS} fail`,
      figures: measured.map(({ figures }) => figures),
      more: {
        'rows stored': median(measured.map(({ rows }) => rows)),
        'CPU s per 10k rows': median(costs).toFixed(2),
      },
    };
  });
  return [
    { title: 'Failing receivers (figures over deliveries and stored rows together)', lines, targets: [] },
  ];
}

/** What is left of the CPU time when deliveries are paid at the price of the round's healthy case. */
function rowCost({ cpuSecondsPer10k, counted }: Figures, rows: number, basis: number): number {
  if (rows === 0) return 0;
  const seconds = (cpuSecondsPer10k * counted) / 10_000;
  return ((seconds - (basis * (counted - rows)) / 10_000) * 10_000) / rows;
}

async function one(rig: Rig, events: number, bad: number, round: number): Promise<Round> {
  const run = `failing-${bad}-${round}`;
  const { url: databaseUrl } = await rig.databaseWith(
    `failing_${bad}_${round}`,
    Array.from({ length: WEBHOOKS }, (_, index) => ({
      url: rig.sink.url(`/${index < bad ? 'fail' : 'ok'}/${run}-${index}`),
    })),
  );
  await rig.sink.statistics('reset');
  const topic = `events-${run}`;
  await rig.createTopic(topic, PARTITIONS);
  const place = {
    run,
    topic,
    databaseUrl,
    webhookUrl: '',
    environment: { RETRY_SCHEDULE: '1h', LOG_LEVEL: 'error' },
  };
  const sender = await startContender(rig, 'service', place);
  const joined = async (): Promise<boolean> => (await rig.members(groupOf(place))) === 1;
  await waitFor(joined, { timeoutMs: 60_000, what: 'the group to be joined' });
  const from = performance.now();
  const cpuBefore = sender.cpuSeconds();
  await writeEvents(rig.client, { topic, events, users: USERS });
  const committed = async (): Promise<boolean> => (await rig.lag(topic, groupOf(place))) === 0;
  await waitFor(committed, { timeoutMs: WITHIN_MS, what: 'all events to be committed', everyMs: 200 });
  const seconds = (performance.now() - from) / 1_000;
  const cpu = sender.cpuSeconds() - cpuBefore;
  const { now, peak } = sender.memoryMb();
  const rows = await countRows(databaseUrl);
  await sender.stop();
  await rig.deleteTopics(resultsOf(place), topic);
  const counted = events * WEBHOOKS;
  console.log(
    `round ${round}: ${bad} fail: ${Math.round(counted / seconds)}/s, ${cpu.toFixed(1)} s, ${rows} rows`,
  );
  return {
    rows,
    figures: {
      deliveriesPerSecond: Math.round(counted / seconds),
      cpuSecondsPer10k: (cpu * 10_000) / counted,
      memoryMb: now,
      peakMemoryMb: peak,
      counted,
      cutOff: false,
    },
  };
}

async function countRows(databaseUrl: string): Promise<number> {
  return withClient(databaseUrl, async (client) => {
    const { rows } = await client.query<{ count: string }>('SELECT count(*) FROM retries');
    return Number(rows[0]?.count);
  });
}
