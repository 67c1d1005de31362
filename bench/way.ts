/**
 * Which files of `src/` an event passes on its way: those with a function that runs for each event or delivery. It runs
 * the built service twice with V8's coverage: once idle, and once with events that are all delivered. What was called
 * more often the second time is on the way. It fails if the two tables in `docs/architecture.md` do not name one of these
 * files, or if they name a file that is not on the way.
 *
 * `npm run build && npx node bench/way.ts`
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '../dev/wait-for.ts';
import { writeEvents } from './load.ts';
import { Rig } from './rig.ts';

/** So many that what runs for each connection or request to Kafka does not count. */
const EVENTS = 10_000;
/** A function is on the way if it runs for at least this share of the events. */
const SHARE = 0.5;
const LIMIT_MS = 60_000;
/** These are on the way, but run for each portion, or only where a delivery finds no other of its user in the lane. */
const LESS_OFTEN = new Set([
  'fetch-hand-over.ts',
  'batch-transport.ts',
  'intake.controller.ts',
  'assignment.ts',
  'backlog.ts',
]);

interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly {
      readonly functionName: string;
      readonly ranges: readonly { readonly startOffset: number; readonly count: number }[];
    }[];
  }[];
}

/** Runs the service once. @returns how often each function was called, by file and place. */
async function callsOf(rig: Rig, name: string, events: number): Promise<Map<string, number>> {
  const directory = mkdtempSync(join(tmpdir(), 'way-'));
  const topic = `events-${name}`;
  await rig.createTopic(topic, 8);
  const { url } = await rig.databaseWith(name, [{ url: rig.sink.url(`/ok/${name}`) }]);
  const service = await rig.startService(name, {
    DATABASE_URL: url,
    ROLES: 'api,dispatch',
    NODE_V8_COVERAGE: directory,
  });
  await writeEvents(rig.client, { topic, events, users: 100 });
  await waitFor(async () => (await rig.records(`deliveries-${name}`)) >= events, {
    timeoutMs: LIMIT_MS,
    what: 'all deliveries',
  });
  await service.stop();
  const calls = new Map<string, number>();
  for (const file of readdirSync(directory)) {
    const { result } = JSON.parse(readFileSync(join(directory, file), 'utf8')) as Coverage;
    for (const { url: script, functions } of result) {
      const path = /\/dist\/(.+)\.js$/.exec(script)?.[1];
      if (path === undefined || script.includes('node_modules')) continue;
      for (const { ranges } of functions) {
        const key = `${path}.ts@${ranges[0]?.startOffset ?? 0}`;
        calls.set(key, (calls.get(key) ?? 0) + (ranges[0]?.count ?? 0));
      }
    }
  }
  rmSync(directory, { recursive: true });
  return calls;
}

const rig = await Rig.start();
try {
  const idle = await callsOf(rig, 'idle', 0);
  const busy = await callsOf(rig, 'busy', EVENTS);
  const onTheWay = new Set<string>();
  for (const [key, count] of busy) {
    if (count - (idle.get(key) ?? 0) >= EVENTS * SHARE) onTheWay.add(key.slice(0, key.indexOf('@')));
  }
  const text = readFileSync(new URL('../docs/architecture.md', import.meta.url), 'utf8');
  const chapter = text.slice(text.indexOf('## The way of an event'), text.indexOf('## Where a change goes'));
  const rows = chapter.split('\n').filter((line) => line.startsWith('|'));
  const named = rows.flatMap((row) =>
    [...row.matchAll(/`(?:[\w/-]+\/)?([\w.-]+\.ts)`/g)].map(([, name]) => name),
  );
  const run = [...onTheWay].map((path) => path.slice(path.lastIndexOf('/') + 1));
  const missing = run.filter((name) => !named.includes(name));
  const idleOnes = named.filter((name = '') => !run.includes(name) && !LESS_OFTEN.has(name));
  console.log([...onTheWay].sort().join('\n'));
  console.log(`\n${onTheWay.size} files run for each event.`);
  console.log(`Not named in docs/architecture.md: ${missing.join(', ') || 'none'}`);
  console.log(`Named there, but not run: ${idleOnes.join(', ') || 'none'}`);
  if (missing.length + idleOnes.length > 0) process.exitCode = 1;
} finally {
  await rig.close();
}
