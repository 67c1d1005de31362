/** The service as shipped beside what a NestJS user would write and beside the floor, one webhook per event. */
import { CONTENDERS } from '../contenders.ts';
import type { Options } from '../options.ts';
import { medianOf } from '../report.ts';
import type { Rig } from '../rig.ts';
import {
  atLeast,
  atMost,
  fill,
  inTurn,
  type Line,
  type Outcome,
  type Target,
  type Turn,
} from '../scenario.ts';

const USERS = 1_000;
const PARTITIONS = 8;
/** The plain one would take minutes at 20 ms. */
const LIMIT_MS = 30_000;
const TOPIC = 'events';

export async function compare(rig: Rig, options: Options): Promise<Outcome[]> {
  await fill(rig, { topic: TOPIC, events: options.events, users: USERS }, PARTITIONS);
  const outcomes: Outcome[] = [];
  for (const sinkMs of options.sinkMs === null ? [0, 20] : [options.sinkMs]) {
    const path = sinkMs === 0 ? '/ok/compare' : `/slow/${sinkMs}/compare`;
    const outcome = await sideBySide(rig, options, { title: `Sink at ${sinkMs} ms`, topic: TOPIC, path });
    outcomes.push({ ...outcome, targets: sinkMs === 0 ? atOnce(outcome.lines) : slowly(outcome.lines) });
  }
  const [instant, slow] = outcomes.map(({ lines }) => cpu(lines[0]));
  if (instant === undefined || slow === undefined) return outcomes;
  const growth = atMost('CPU per delivery of the service at 20 ms against 0 ms', slow / instant, 1.2);
  return outcomes.map((outcome, index) =>
    index === 1 ? { ...outcome, targets: [...outcome.targets, growth] } : outcome,
  );
}

/** All in turn, each with the events of the topic. */
export async function sideBySide(
  rig: Rig,
  { events, rounds }: Options,
  where: { title: string; topic: string; path: string; environment?: Record<string, string> },
): Promise<Outcome> {
  const { title, topic, path, environment = {} } = where;
  const webhookUrl = rig.sink.url(path);
  const name = title.toLowerCase().replaceAll(' ', '_');
  const database = await rig.databaseWith(name, [{ url: webhookUrl }]);
  const turns = CONTENDERS.map((contender): Turn => ({
    name: contender,
    contender,
    job: {
      run: `${name}-${contender}`,
      topic,
      partitions: PARTITIONS,
      deliveries: events,
      limitMs: LIMIT_MS,
      databaseUrl: database.url,
      webhookUrl,
      environment,
    },
  }));
  return { title, lines: await inTurn(rig, rounds, turns), targets: [] };
}

function atOnce([service, plain, bare, , asInstalled, ownConnections]: readonly Line[]): Target[] {
  return [
    atMost("CPU per delivery against plain-nest's", cpu(service) / cpu(plain), 0.25),
    atMost("CPU per delivery against bare's", cpu(service) / cpu(bare), 1.2),
    atMost("CPU per delivery against bare's as installed", cpu(service) / cpu(asInstalled), 1.2),
    atMost("CPU per delivery against bare's with own connections", cpu(service) / cpu(ownConnections), 1.2),
    atLeast("deliveries/s against plain-nest's", rate(service) / rate(plain), 3.5),
    atMost('CPU of the service', cpu(service), 1.5, 's per 10k'),
  ];
}

function slowly([service, plain]: readonly Line[]): Target[] {
  return [atLeast("deliveries/s against plain-nest's", rate(service) / rate(plain), 15)];
}

function cpu(line: Line | undefined): number {
  return medianOf(line, (one) => one.cpuSecondsPer10k);
}

function rate(line: Line | undefined): number {
  return medianOf(line, (one) => one.deliveriesPerSecond);
}
