/**
 * `npm run bench`: measures one scenario (or all of them, one after another), prints tables with the targets beside
 * them, and saves the figures. Method and figures: `bench/README.md`.
 *
 * `npm run bench -- [--scenario compare] [--events 100000] [--rounds 3] [--sink-ms 20] [--processes 2] [--other <checkout>]`
 */
import { buildPlainNest } from './contenders.ts';
import { readOptions, type Options } from './options.ts';
import { save, toMarkdown } from './report.ts';
import { Rig } from './rig.ts';
import type { Scenario } from './scenario.ts';
import { backlog } from './scenarios/backlog.ts';
import { changes } from './scenarios/changes.ts';
import { compare } from './scenarios/compare.ts';
import { failing } from './scenarios/failing.ts';
import { fanOut, partitions, users } from './scenarios/growth.ts';
import { history } from './scenarios/history.ts';
import { latency } from './scenarios/latency.ts';
import { memory } from './scenarios/memory.ts';
import { processes } from './scenarios/processes.ts';
import { replay } from './scenarios/replay.ts';
import { tls } from './scenarios/tls.ts';
import { versions } from './scenarios/versions.ts';

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  compare,
  'fan-out': fanOut,
  failing,
  partitions,
  users,
  latency,
  backlog,
  memory,
  changes,
  processes,
  tls,
  history,
  replay,
  versions,
};

async function run(options: Options): Promise<void> {
  const scenario = SCENARIOS[options.scenario];
  if (!scenario) {
    throw new Error(`--scenario must be all or one of ${Object.keys(SCENARIOS).join(', ')}`);
  }
  console.log(`\n# ${options.scenario}\n`);
  const rig = await Rig.start();
  try {
    const outcomes = await scenario(rig, options);
    console.log(`\n${toMarkdown(outcomes)}`);
    save(outcomes, options);
  } finally {
    await rig.close();
  }
}

const options = readOptions(process.argv.slice(2));
await buildPlainNest();
const names =
  options.scenario === 'all'
    ? Object.keys(SCENARIOS).filter((name) => name !== 'versions')
    : [options.scenario];
for (const scenario of names) await run({ ...options, scenario });
