/** The service as shipped beside what a NestJS user would write and beside the floor, one webhook per event. */
import { CONTENDERS } from '../contenders.ts';
import type { Options } from '../options.ts';
import { cpuOf, medianOf, rateOf, ratioOf } from '../report.ts';
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
  const delays = options.sinkMs === null ? [0, 20] : [options.sinkMs];
  const turns: Turn[] = [];
  for (const sinkMs of delays) {
    const path = sinkMs === 0 ? '/ok/compare' : `/slow/${sinkMs}/compare`;
    turns.push(...(await contendersOn(rig, options, { name: `sink_${sinkMs}_ms`, topic: TOPIC, path })));
  }
  const lines = await inTurn(rig, options.rounds, turns);
  const outcomes = delays.map((sinkMs, index): Outcome => {
    const own = lines.slice(index * CONTENDERS.length, (index + 1) * CONTENDERS.length);
    return { title: `Sink at ${sinkMs} ms`, lines: own, targets: sinkMs === 0 ? atOnce(own) : slowly(own) };
  });
  const [instant, slow] = outcomes;
  if (!instant || !slow) return outcomes;
  const growth = atMost(
    'CPU per delivery of the service at 20 ms against 0 ms',
    ratioOf(slow.lines[0], instant.lines[0], cpuOf),
    1.2,
  );
  return [instant, { ...slow, targets: [...slow.targets, growth] }];
}

/** A turn for each, with the events of the topic. */
export async function contendersOn(
  rig: Rig,
  { events }: Options,
  where: { name: string; topic: string; path: string; environment?: Record<string, string> },
): Promise<Turn[]> {
  const { name, topic, path, environment = {} } = where;
  const webhookUrl = rig.sink.url(path);
  const database = await rig.databaseWith(name, [{ url: webhookUrl }]);
  return CONTENDERS.map((contender): Turn => ({
    name: `${contender}, ${name.replaceAll('_', ' ')}`,
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
}

function atOnce([service, plain, bare, , asInstalled, ownConnections]: readonly Line[]): Target[] {
  return [
    atMost("CPU per delivery against plain-nest's", ratioOf(service, plain, cpuOf), 0.25),
    atMost("CPU per delivery against bare's", ratioOf(service, bare, cpuOf), 1.2),
    atMost("CPU per delivery against bare's as installed", ratioOf(service, asInstalled, cpuOf), 1.2),
    atMost(
      "CPU per delivery against bare's with own connections",
      ratioOf(service, ownConnections, cpuOf),
      1.2,
    ),
    atLeast("deliveries/s against plain-nest's", ratioOf(service, plain, rateOf), 3.5),
    atMost('CPU of the service', medianOf(service, cpuOf), 1.5, 's per 10k'),
  ];
}

function slowly([service, plain]: readonly Line[]): Target[] {
  return [atLeast("deliveries/s against plain-nest's", ratioOf(service, plain, rateOf), 15)];
}
