/**
 * This build of the service beside those of other checkouts, or beside itself with other settings: what a change is
 * worth. `--other <checkout>`, `--other <checkout>,NAME=value,NAME=value`.
 */
import { join, resolve } from 'node:path';
import type { Options } from '../options.ts';
import { cpuOf, ratioOf } from '../report.ts';
import type { Rig } from '../rig.ts';
import { fill, inTurn, type Outcome, type Turn } from '../scenario.ts';

const PARTITIONS = 8;
const LIMIT_MS = 60_000;

export async function versions(rig: Rig, options: Options): Promise<Outcome[]> {
  const { sinkMs, rounds, others, webhooks } = options;
  const events = Math.max(1, Math.floor(options.events / webhooks));
  await fill(rig, { topic: 'events', events, users: 1_000 }, PARTITIONS);
  const webhookUrl = rig.sink.url(sinkMs === null ? '/ok/versions' : `/slow/${sinkMs}/versions`);
  const { url: databaseUrl } = await rig.databaseWith(
    'versions',
    Array.from({ length: webhooks }, (_, index) => ({ url: `${webhookUrl}/${index}` })),
  );
  const turn = (name: string, index: number, main: ReturnType<typeof readOther> | null): Turn => ({
    name,
    contender: 'service',
    job: {
      run: `versions-${index}`,
      topic: 'events',
      partitions: PARTITIONS,
      deliveries: events * webhooks,
      limitMs: LIMIT_MS,
      databaseUrl,
      webhookUrl,
      ...main,
    },
  });
  const turns = [
    turn('this build', 0, null),
    ...others.map((other, index) => turn(other, index + 1, readOther(other))),
  ];
  const lines = await inTurn(rig, rounds, turns);
  const compared = lines.map((line) => ({
    ...line,
    more: { 'CPU against this build': ratioOf(line, lines[0], cpuOf).toFixed(3) },
  }));
  return [{ title: 'Builds', lines: compared, targets: [] }];
}

function readOther(text: string): { main: string; environment: Record<string, string> } {
  const [checkout = '', ...settings] = text.split(',');
  return {
    main: join(resolve(checkout), 'dist/main.js'),
    environment: Object.fromEntries(settings.map((setting) => setting.split(/=(.*)/).slice(0, 2))) as Record<
      string,
      string
    >,
  };
}
