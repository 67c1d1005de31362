/**
 * What the change of one webhook costs with 10 webhooks and with 10,000, and what five changes a second do to the
 * deliveries beside them: one webhook gets 1,000 events/s, in turn with and without changes of the others.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { waitFor } from '../../dev/wait-for.ts';
import { writeSteadily } from '../load.ts';
import type { Options } from '../options.ts';
import type { Rig } from '../rig.ts';
import { atMost, type Line, type Outcome } from '../scenario.ts';
import type { ServiceProcess } from '../service-process.ts';
import { median, percentileOf } from '../statistics.ts';

const WEBHOOKS = [10, 10_000];
const EVENTS_PER_SECOND = 1_000;
const CHANGES_PER_SECOND = 5;
const SECONDS = { warm: 5, measured: 20 };
/** One after another, with no events beside them. */
const CHANGES_ALONE = 500;
const USERS = 1_000;
const PARTITIONS = 8;

interface Stretch {
  readonly p50: number;
  readonly p99: number;
  readonly cpuSeconds: number;
  readonly memoryMb: { now: number; peak: number };
}

interface Size {
  readonly webhooks: number;
  readonly quiet: Stretch[];
  readonly changing: Stretch[];
  /** Milliseconds until a change is answered, and of the service's CPU, of each round. */
  readonly answerMs: number[];
  readonly cpuMs: number[];
}

export async function changes(rig: Rig, { rounds }: Options): Promise<Outcome[]> {
  const sizes: Size[] = [];
  for (const webhooks of WEBHOOKS) sizes.push(await measured(rig, webhooks, rounds));
  const [few, many] = sizes;
  if (!few || !many) throw new Error('there are two sizes');
  const p99 = (stretches: readonly Stretch[]): number => median(stretches.map((one) => one.p99));
  const targets = [
    atMost('p99 with changes against without, 10,000 webhooks', p99(many.changing) / p99(many.quiet), 1.2),
    atMost('CPU of a change, 10,000 webhooks against 10', median(many.cpuMs) / median(few.cpuMs), 1.2),
    atMost(
      'answer to a change, 10,000 webhooks against 10',
      median(many.answerMs) / median(few.answerMs),
      1.2,
    ),
  ];
  return [{ title: 'Changes of webhooks', lines: sizes.flatMap(linesOf), targets }];
}

async function measured(rig: Rig, webhooks: number, rounds: number): Promise<Size> {
  const run = `changes_${webhooks}`;
  const topic = `events-${run}`;
  const others = Array.from({ length: webhooks - 1 }, (_, index) => ({
    url: rig.sink.url(`/ok/${run}/other/${index}`),
    triggers: ['user_deleted'],
  }));
  const { url, ids } = await rig.databaseWith(run, [{ url: rig.sink.url(`/ok/${run}`) }, ...others]);
  await rig.createTopic(topic, PARTITIONS);
  const service = await rig.startService(run, { DATABASE_URL: url, USER_EVENTS_TOPIC: topic });
  const size: Size = { webhooks, quiet: [], changing: [], answerMs: [], cpuMs: [] };
  let made = 0;
  const change = async (): Promise<void> => {
    made += 1;
    await service.changeWebhook(ids[1 + (made % (webhooks - 1))] ?? '', { timeout_ms: 10_000 + made });
  };
  try {
    const joined = async (): Promise<boolean> => (await rig.members(`bench-${run}`)) === 1;
    await waitFor(joined, { timeoutMs: 30_000, what: 'the group to be joined' });
    await write(rig, topic, SECONDS.warm);
    for (let round = 1; round <= rounds; round += 1) {
      size.quiet.push(await stretch(rig, service, topic, null));
      size.changing.push(await stretch(rig, service, topic, change));
      await alone(service, change, size);
      console.log(
        `round ${round}, ${webhooks} webhooks: p99 ${size.quiet.at(-1)?.p99} ms, with changes ${size.changing.at(-1)?.p99} ms; a change ${size.answerMs.at(-1)?.toFixed(1)} ms, ${size.cpuMs.at(-1)?.toFixed(1)} ms of CPU`,
      );
    }
    await service.stop();
    return size;
  } finally {
    await service.stop('SIGKILL');
  }
}

function write(rig: Rig, topic: string, seconds: number): Promise<void> {
  const load = { topic, events: seconds * EVENTS_PER_SECOND, users: USERS };
  return writeSteadily(rig.client, load, EVENTS_PER_SECOND);
}

/** Some seconds of events, with changes beside them unless `change` is null. */
async function stretch(
  rig: Rig,
  service: ServiceProcess,
  topic: string,
  change: (() => Promise<void>) | null,
): Promise<Stretch> {
  await pause(500);
  await rig.sink.statistics('reset');
  const cpuBefore = service.cpuSeconds();
  const changing: Promise<void>[] = [];
  const timer = change && setInterval(() => changing.push(change()), 1_000 / CHANGES_PER_SECOND);
  await write(rig, topic, SECONDS.measured);
  if (timer) clearInterval(timer);
  await Promise.all(changing);
  const events = SECONDS.measured * EVENTS_PER_SECOND;
  const arrived = async (): Promise<boolean> => (await rig.sink.arrived()) >= events;
  await waitFor(arrived, { timeoutMs: 30_000, what: 'all events to arrive' });
  const cpuSeconds = service.cpuSeconds() - cpuBefore;
  const histograms = Object.values(await rig.sink.statistics()).map(({ latencies }) => latencies);
  const [p50, p99] = [percentileOf(histograms, 0.5), percentileOf(histograms, 0.99)];
  return { p50, p99, cpuSeconds, memoryMb: service.memoryMb() };
}

async function alone(
  service: ServiceProcess,
  change: () => Promise<void>,
  { answerMs, cpuMs }: Size,
): Promise<void> {
  const cpuBefore = service.cpuSeconds();
  const answers: number[] = [];
  for (let index = 0; index < CHANGES_ALONE; index += 1) {
    const from = performance.now();
    await change();
    answers.push(performance.now() - from);
  }
  answerMs.push(median(answers));
  cpuMs.push(((service.cpuSeconds() - cpuBefore) * 1_000) / CHANGES_ALONE);
}

function linesOf({ webhooks, quiet, changing, answerMs, cpuMs }: Size): Line[] {
  const name = `${webhooks.toLocaleString('en')} webhooks`;
  const line = (text: string, stretches: readonly Stretch[], more: Record<string, string>): Line => ({
    name: text,
    figures: stretches.map(({ cpuSeconds, memoryMb }) => ({
      deliveriesPerSecond: EVENTS_PER_SECOND,
      cpuSecondsPer10k: (cpuSeconds * 10_000) / (SECONDS.measured * EVENTS_PER_SECOND),
      memoryMb: memoryMb.now,
      peakMemoryMb: memoryMb.peak,
      counted: SECONDS.measured * EVENTS_PER_SECOND,
      cutOff: false,
    })),
    more: {
      'p50 ms': String(median(stretches.map(({ p50 }) => p50))),
      'p99 ms': String(median(stretches.map(({ p99 }) => p99))),
      ...more,
    },
  });
  return [
    line(name, quiet, {}),
    line(`${name}, ${CHANGES_PER_SECOND} changes/s`, changing, {
      'answer to a change, ms': median(answerMs).toFixed(1),
      'CPU of a change, ms': median(cpuMs).toFixed(1),
    }),
  ];
}
