/**
 * What a delivery costs the service as things grow: matching webhooks per event, configured webhooks, partitions and
 * users. Cheap sink, one webhook per event unless said otherwise; every line has a topic of its own.
 */
import { cpuOf, ratioOf } from '../report.ts';
import type { Rig } from '../rig.ts';
import { atMost, fill, inTurn, type Outcome, type Turn } from '../scenario.ts';
import type { Options } from '../options.ts';

interface Case {
  readonly name: string;
  readonly events: number;
  readonly users?: number;
  readonly partitions?: number;
  /** Webhooks that match, and others that do not. */
  readonly matching?: number;
  readonly others?: number;
}

const USERS = 1_000;
const PARTITIONS = 8;
const LIMIT_MS = 60_000;

export async function fanOut(rig: Rig, { events, rounds }: Options): Promise<Outcome[]> {
  const fanned = (matching: number): Case => ({
    name: `${matching} webhooks match`,
    events: Math.max(100, Math.floor(events / matching)),
    matching,
  });
  const cases: Case[] = [
    { name: '1 webhook', events },
    fanned(10),
    fanned(100),
    fanned(1_000),
    { name: '10,000 webhooks, 1 matches', events, others: 9_999 },
  ];
  const lines = await measured(rig, 'fan-out', rounds, cases);
  const [one, ...grown] = lines;
  const targets = grown.map((line) =>
    atMost(`CPU per delivery, ${line.name}, against 1 webhook`, ratioOf(line, one, cpuOf), 1.05),
  );
  return [{ title: 'Webhooks', lines, targets }];
}

export async function partitions(rig: Rig, { events, rounds }: Options): Promise<Outcome[]> {
  const cases: Case[] = [
    { name: '8 partitions', events },
    { name: '64 partitions', events, partitions: 64 },
  ];
  return [{ title: 'Partitions', lines: await measured(rig, 'partitions', rounds, cases), targets: [] }];
}

export async function users(rig: Rig, { events, rounds }: Options): Promise<Outcome[]> {
  const cases: Case[] = [
    { name: '1,000 users', events },
    { name: '100,000 users', events, users: 100_000 },
    { name: 'one user only', events: Math.floor(events / 5), users: 1 },
  ];
  return [{ title: 'Users', lines: await measured(rig, 'users', rounds, cases), targets: [] }];
}

async function measured(
  rig: Rig,
  scenario: string,
  rounds: number,
  cases: readonly Case[],
): Promise<Outcome['lines']> {
  const turns: Turn[] = [];
  for (const [index, one] of cases.entries()) {
    turns.push(await prepare(rig, `${scenario}-${index}`, one));
  }
  return inTurn(rig, rounds, turns);
}

async function prepare(rig: Rig, run: string, one: Case): Promise<Turn> {
  const { events, users: distinct = USERS, partitions: count = PARTITIONS, matching = 1, others = 0 } = one;
  await fill(rig, { topic: `events-${run}`, events, users: distinct }, count);
  const webhookUrl = rig.sink.url(`/ok/${run}`);
  const { url: databaseUrl } = await rig.databaseWith(run, [
    ...Array.from({ length: matching }, (_, index) => ({ url: `${webhookUrl}/${index}` })),
    ...Array.from({ length: others }, (_, index) => ({
      url: `${webhookUrl}/other/${index}`,
      triggers: ['user_deleted'],
    })),
  ]);
  const job = {
    run,
    topic: `events-${run}`,
    partitions: count,
    deliveries: events * matching,
    limitMs: LIMIT_MS,
    databaseUrl,
    webhookUrl,
  };
  return { name: one.name, contender: 'service', job };
}
