/** The log read again for one webhook, by a replay and by `start_from`, beside the same events as they came live. */
import { waitFor } from '../../dev/wait-for.ts';
import { groupOf } from '../contenders.ts';
import { watch, type Figures } from '../measure.ts';
import type { Options } from '../options.ts';
import { rateOf, ratioOf } from '../report.ts';
import type { Rig } from '../rig.ts';
import { atLeast, fill, type Line, type Outcome } from '../scenario.ts';

const PARTITIONS = 8;
const LIMIT_MS = 120_000;

export async function replay(rig: Rig, { events, rounds }: Options): Promise<Outcome[]> {
  const measured: Record<'live' | 'replay' | 'start_from', Figures[]> = {
    live: [],
    replay: [],
    start_from: [],
  };
  for (let round = 1; round <= rounds; round += 1) {
    const one = await measure(rig, events, `replay-${round}`);
    for (const [name, figures] of Object.entries(one)) {
      measured[name as keyof typeof one].push(figures);
      console.log(
        `round ${round}: ${name}: ${figures.deliveriesPerSecond}/s, ${figures.cpuSecondsPer10k.toFixed(2)} s per 10k`,
      );
    }
  }
  const lines = Object.entries(measured).map(([name, figures]): Line => ({ name, figures }));
  const [live, replayed, started] = lines;
  return [
    {
      title: 'The log read again for one webhook',
      lines,
      targets: [
        atLeast('deliveries/s of a replay, of those that came live', ratioOf(replayed, live, rateOf), 0.4),
        atLeast('deliveries/s of start_from, of those that came live', ratioOf(started, live, rateOf), 0.4),
      ],
    },
  ];
}

async function measure(
  rig: Rig,
  events: number,
  run: string,
): Promise<Record<'live' | 'replay' | 'start_from', Figures>> {
  const topic = `events-${run}`;
  await fill(rig, { topic, events, users: 1_000 }, PARTITIONS);
  const first = rig.sink.url(`/ok/${run}`);
  const { url, ids } = await rig.databaseWith(run.replaceAll('-', '_'), [{ url: first }]);
  await rig.sink.statistics('reset');
  const service = await rig.startService(run, { DATABASE_URL: url });
  const place = { run, topic, databaseUrl: url, webhookUrl: first };
  const job = { ...place, partitions: PARTITIONS, deliveries: events, limitMs: LIMIT_MS };
  const quiet = async (): Promise<void> => {
    const committed = async (): Promise<boolean> => (await rig.lag(topic, groupOf(place))) === 0;
    await waitFor(committed, { timeoutMs: 30_000, what: 'all events to be committed' });
    await rig.sink.statistics('reset');
  };
  try {
    const live = await watch(rig, service, job);
    await quiet();
    await service.replay(ids[0] ?? '', { from: '2020-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' });
    const replayed = await watch(rig, service, job);
    await quiet();
    await service.createWebhook({ url: `${first}/later`, start_from: 'earliest' });
    const started = await watch(rig, service, job);
    return { live, replay: replayed, start_from: started };
  } finally {
    await service.stop();
    await rig.deleteTopics(topic);
  }
}
