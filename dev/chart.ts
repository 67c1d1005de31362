/**
 * Renders the chart of `deploy/chart` with Helm itself, which Maven brings as a library (`helm/pom.xml`), so that nobody has
 * to install Helm. The values are checked against the chart's schema, as at an installation.
 */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { Fault } from './fault.ts';
import { findJava } from './java.ts';
import { classPathOf, HELM } from './maven-jars.ts';

const CHART = fileURLToPath(new URL('../deploy/chart', import.meta.url));
const CACHE_DIR = fileURLToPath(new URL('../node_modules/.cache/user-webhooks', import.meta.url));
const RENDER = fileURLToPath(new URL('helm/Render.java', import.meta.url));

export type Values = Readonly<Record<string, unknown>>;

/**
 * @param values what is different from the chart's `values.yaml`; null takes a default away.
 * @returns the text of each manifest by the name of its template, such as `deployment.yaml`.
 * @throws Fault with what Helm says, where it does not render.
 */
export async function renderChart(values: Values, release = 'user-webhooks'): Promise<Map<string, string>> {
  const copy = await mkdtemp(join(tmpdir(), 'user-webhooks-chart-'));
  try {
    await cp(CHART, copy, { recursive: true });
    const file = join(copy, 'values.yaml');
    const defaults = parse(await readFile(file, 'utf8')) as Values;
    await writeFile(file, JSON.stringify(merge(defaults, values)));
    return byTemplate(await runHelm(copy, release));
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

async function runHelm(chart: string, release: string): Promise<string> {
  const classPath = await classPathOf(HELM, { cacheDir: CACHE_DIR, report: undefined, signal: undefined });
  const java = ['--enable-native-access=ALL-UNNAMED', '-cp', classPath, RENDER];
  try {
    const { stdout } = await promisify(execFile)(await findJava(), [...java, chart, release, 'default']);
    return stdout;
  } catch (error) {
    if (error instanceof Error && 'stderr' in error) throw new Fault(String(error.stderr).trim());
    throw error;
  }
}

/** As Helm does it: maps are joined, everything else is replaced. */
function merge(defaults: Values, values: Values): Values {
  const merged = Object.entries(values).map(([name, value]) => {
    const given = defaults[name];
    return [name, isMap(given) && isMap(value) ? merge(given, value) : value] as const;
  });
  const all = Object.entries({ ...defaults, ...Object.fromEntries(merged) });
  return Object.fromEntries(all.filter(([, value]) => value !== null));
}

function isMap(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function byTemplate(output: string): Map<string, string> {
  const manifests = output.split(/^---\n/m).filter((text) => text.trim() !== '');
  return new Map(
    manifests.map((text) => {
      const [, name = ''] = /^# Source: \S+\/templates\/(\S+)$/m.exec(text) ?? [];
      return [name, text.replace(/^# Source: .*\n/m, '')];
    }),
  );
}
