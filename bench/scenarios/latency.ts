/** From produce to arrival at a steady 1,000 events/s, and beside it what the floor of this stack gives. */
import { setTimeout as pause } from 'node:timers/promises';
import { waitFor } from '../../dev/wait-for.ts';
import { groupOf, resultsOf, startContender, type Contender } from '../contenders.ts';
import { writeSteadily } from '../load.ts';
import type { Figures } from '../measure.ts';
import type { Options } from '../options.ts';
import type { Rig } from '../rig.ts';
import { atMost, type Line, type Outcome } from '../scenario.ts';
import { median, percentileOf, spread } from '../statistics.ts';

const PER_SECOND = 1_000;
const SECONDS = { warm: 5, measured: 20 };
const USERS = 1_000;
const PARTITIONS = 8;

interface Round {
  readonly p50: number;
  readonly p99: number;
  readonly figures: Figures;
}

export async function latency(rig: Rig, { rounds }: Options): Promise<Outcome[]> {
  const contenders: Contender[] = ['service', 'bare'];
  const measured = new Map<Contender, Round[]>(contenders.map((name) => [name, []]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const contender of contenders) {
      const one = await steady(rig, contender, `latency-${contender}-${round}`);
      console.log(`round ${round}: ${contender}: p50 ${one.p50} ms, p99 ${one.p99} ms`);
      measured.get(contender)?.push(one);
    }
  }
  const lines = [...measured].map(([name, all]): Line => {
    const text = (values: readonly number[]): string => {
      const { median: middle, min, max } = spread(values);
      return `${middle} (${min}–${max})`;
    };
    return {
      name,
      figures: all.map(({ figures }) => figures),
      more: { 'p50 ms': text(all.map(({ p50 }) => p50)), 'p99 ms': text(all.map(({ p99 }) => p99)) },
    };
  });
  const service = measured.get('service') ?? [];
  const targets = [
    atMost('p50 of the service', median(service.map(({ p50 }) => p50)), 10, 'ms'),
    atMost('p99 of the service', median(service.map(({ p99 }) => p99)), 50, 'ms'),
  ];
  return [{ title: `Latency at ${PER_SECOND.toLocaleString('en')} events/s`, lines, targets }];
}

async function steady(rig: Rig, contender: Contender, run: string): Promise<Round> {
  const topic = `events-${run}`;
  const webhookUrl = rig.sink.url(`/ok/${run}`);
  const database = await rig.databaseWith(run.replaceAll('-', '_'), [{ url: webhookUrl }]);
  const place = { run, topic, databaseUrl: database.url, webhookUrl };
  await rig.createTopic(topic, PARTITIONS);
  await rig.createTopic(resultsOf(place), PARTITIONS);
  const sender = await startContender(rig, contender, place);
  try {
    const joined = async (): Promise<boolean> => (await rig.members(groupOf(place))) === 1;
    await waitFor(joined, { timeoutMs: 30_000, what: 'the group to be joined' });
    const write = (seconds: number): Promise<void> =>
      writeSteadily(rig.client, { topic, events: seconds * PER_SECOND, users: USERS }, PER_SECOND);
    await write(SECONDS.warm);
    await pause(500);
    await rig.sink.statistics('reset');
    const cpuBefore = sender.cpuSeconds();
    await write(SECONDS.measured);
    const events = SECONDS.measured * PER_SECOND;
    const arrived = async (): Promise<boolean> => (await rig.sink.arrived()) >= events;
    await waitFor(arrived, { timeoutMs: 30_000, what: 'all events to arrive' });
    const cpu = sender.cpuSeconds() - cpuBefore;
    const histograms = Object.values(await rig.sink.statistics()).map(({ latencies }) => latencies);
    const { now, peak } = sender.memoryMb();
    await sender.stop();
    return {
      p50: percentileOf(histograms, 0.5),
      p99: percentileOf(histograms, 0.99),
      figures: {
        deliveriesPerSecond: PER_SECOND,
        cpuSecondsPer10k: (cpu * 10_000) / events,
        memoryMb: now,
        peakMemoryMb: peak,
        counted: events,
        cutOff: false,
      },
    };
  } finally {
    await sender.stop('SIGKILL');
    await rig.deleteTopics(resultsOf(place), topic);
  }
}
