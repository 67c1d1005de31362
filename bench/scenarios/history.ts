/**
 * What the history takes from deliveries of the same process, how fast a process reads results when it has nothing to
 * deliver, and what an attempt costs a process of its own.
 */
import { waitFor } from '../../dev/wait-for.ts';
import { withClient } from '../../dev/embedded-postgres.ts';
import { resultsOf, startContender } from '../contenders.ts';
import { figuresOf, untilArrived, type Figures } from '../measure.ts';
import type { Options } from '../options.ts';
import { ratioOf, rateOf } from '../report.ts';
import type { Rig } from '../rig.ts';
import { atLeast, atMost, fill, inTurn, type Line, type Outcome, type Turn } from '../scenario.ts';
import { median } from '../statistics.ts';

const PARTITIONS = 8;
const LIMIT_MS = 120_000;
/** Of the attempts: the code is cold before. */
const COLD_SHARE = 0.1;
const READ = 'SELECT coalesce(sum(next_offset), 0)::integer AS read FROM history_positions WHERE topic = $1';

export async function history(rig: Rig, { events, rounds }: Options): Promise<Outcome[]> {
  await fill(rig, { topic: 'events-history', events, users: 1_000 }, PARTITIONS);
  const webhookUrl = rig.sink.url('/ok/history');
  const { url: databaseUrl } = await rig.databaseWith('history', [{ url: webhookUrl }]);
  const place = { topic: 'events-history', databaseUrl, webhookUrl };
  const turn = (name: string, run: string, environment: Record<string, string>): Turn => ({
    name,
    contender: 'service',
    job: { ...place, run, partitions: PARTITIONS, deliveries: events, limitMs: LIMIT_MS, environment },
  });
  const beside = await inTurn(rig, rounds, [
    turn('without the history', 'history-off', { ROLES: 'dispatch' }),
    turn('with it in the same process', 'history-on', {}),
  ]);
  const kept = ratioOf(beside[1], beside[0], rateOf);
  const alone = { name: 'a process that only reads results', roles: 'history', figures: [] as Figures[] };
  const idle: typeof alone = {
    name: 'one that could deliver, with nothing to deliver',
    roles: 'dispatch,history',
    figures: [],
  };
  for (let round = 1; round <= rounds; round += 1)
    for (const { name, roles, figures } of [alone, idle]) {
      const run = `history-${roles.replace(',', '-')}-${round}`;
      const one = await readBack(rig, events, { ...place, run }, roles);
      console.log(
        `round ${round}: ${name}: ${one.deliveriesPerSecond} attempts/s, ${one.cpuSecondsPer10k.toFixed(2)} s per 10k`,
      );
      figures.push(one);
    }
  const perSecond = ({ figures }: Line): number =>
    median(figures.map(({ deliveriesPerSecond }) => deliveriesPerSecond));
  const microseconds = median(alone.figures.map(({ cpuSecondsPer10k }) => cpuSecondsPer10k * 100));
  return [
    {
      title: 'Deliveries beside the history',
      lines: beside,
      targets: [atLeast('deliveries/s with the history, of those without', kept, 0.9)],
    },
    {
      title: 'The history alone: attempts in place of deliveries',
      lines: [alone, idle],
      targets: [
        atLeast('attempts/s', perSecond(alone), 10_000, '/s'),
        atLeast('attempts/s beside deliveries that rest', perSecond(idle), 10_000, '/s'),
        atMost('CPU of an attempt', microseconds, 35, 'µs'),
      ],
    },
  ];
}

/** Delivers everything without the history, then has a process read the results. @param roles of that process. */
async function readBack(
  rig: Rig,
  events: number,
  place: { run: string; topic: string; databaseUrl: string; webhookUrl: string },
  roles: string,
): Promise<Figures> {
  const topic = resultsOf(place);
  await rig.createTopic(topic, PARTITIONS);
  await rig.sink.statistics('reset');
  const deliverer = await startContender(rig, 'service', { ...place, environment: { ROLES: 'dispatch' } });
  try {
    await untilArrived(rig, deliverer, performance.now() + LIMIT_MS, events);
    const published = async (): Promise<boolean> => (await rig.records(topic)) >= events;
    await waitFor(published, { timeoutMs: 30_000, what: 'all results to be published' });
  } finally {
    await deliverer.stop();
  }
  const reader = await startContender(rig, 'service', { ...place, environment: { ROLES: roles } });
  try {
    return await withClient(place.databaseUrl, async (client) => {
      const until = async (count: number): Promise<{ at: number; read: number; cpuSeconds: number }> => {
        let read = 0;
        const reached = async (): Promise<boolean> => {
          const { rows } = await client.query<{ read: number }>(READ, [topic]);
          read = rows[0]?.read ?? 0;
          return read >= count;
        };
        await waitFor(reached, { timeoutMs: LIMIT_MS, what: `${count} results to be read` });
        return { at: performance.now(), read, cpuSeconds: reader.cpuSeconds() };
      };
      const from = await until(events * COLD_SHARE);
      const to = await until(events);
      return { ...figuresOf(reader, from, to, to.read - from.read), cutOff: false };
    });
  } finally {
    await reader.stop();
    await rig.deleteTopics(topic);
  }
}
