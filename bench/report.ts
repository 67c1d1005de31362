/** Tables of what was measured, for the terminal, as Markdown for `bench/README.md`, and as JSON. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Figures } from './measure.ts';
import type { Options } from './options.ts';
import type { Line, Outcome, Target } from './scenario.ts';
import { median, spread } from './statistics.ts';

const RESULTS = fileURLToPath(new URL('results', import.meta.url));

export function medianOf(line: Line | undefined, of: (figures: Figures) => number): number {
  return median((line?.figures ?? []).map(of));
}

/** The median of the rounds' ratios: what slows the machine down from one round to the next is in both of a ratio. */
export function ratioOf(
  line: Line | undefined,
  base: Line | undefined,
  of: (figures: Figures) => number,
): number {
  const ratios = (line?.figures ?? []).flatMap((figures, round) => {
    const other = base?.figures[round];
    return other ? [of(figures) / of(other)] : [];
  });
  return median(ratios);
}

export function cpuOf({ cpuSecondsPer10k }: Figures): number {
  return cpuSecondsPer10k;
}

export function rateOf({ deliveriesPerSecond }: Figures): number {
  return deliveriesPerSecond;
}

export function toMarkdown(outcomes: readonly Outcome[]): string {
  return outcomes
    .map(({ title, lines, targets }) => `${title}\n\n${table(lines)}\n${list(targets)}`)
    .join('\n');
}

function table(lines: readonly Line[]): string {
  const more = [...new Set(lines.flatMap((line) => Object.keys(line.more ?? {})))];
  const head = ['', 'deliveries/s', 'CPU s per 10k', 'memory MB', ...more];
  const rows = lines.map(({ name, figures, more: cells = {} }) => [
    name,
    withSpread(
      figures.map((one) => one.deliveriesPerSecond),
      0,
    ),
    withSpread(
      figures.map((one) => one.cpuSecondsPer10k),
      2,
    ),
    withSpread(
      figures.map((one) => one.memoryMb),
      0,
    ),
    ...more.map((column) => String(cells[column] ?? '')),
  ]);
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n') + '\n';
}

function withSpread(values: readonly number[], digits: number): string {
  if (values.length === 0) return '–';
  const { median: middle, min, max } = spread(values);
  const text = (value: number): string =>
    value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return values.length === 1 ? text(middle) : `${text(middle)} (${text(min)}–${text(max)})`;
}

function list(targets: readonly Target[]): string {
  return targets
    .map(
      ({ what, reached, wanted, met }) =>
        `- ${what}: ${reached.toFixed(2)} (wanted ${wanted}) ${met ? '✓' : '✗'}`,
    )
    .map((line) => `${line}\n`)
    .join('');
}

/** Adds to `latest.json`, which holds the last outcome of each scenario, and keeps a file of this run. */
export function save(outcomes: readonly Outcome[], options: Options): void {
  mkdirSync(RESULTS, { recursive: true });
  const at = new Date().toISOString();
  const machine = { cpus: cpus().length, node: process.version, platform: process.platform };
  const run = { at, machine, options, outcomes };
  writeFileSync(
    `${RESULTS}/${options.scenario}-${at.replaceAll(':', '')}.json`,
    JSON.stringify(run, null, 2),
  );
  const latest = `${RESULTS}/latest.json`;
  const before = read(latest);
  writeFileSync(latest, `${JSON.stringify({ ...before, [options.scenario]: run }, null, 2)}\n`);
}

function read(file: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  } catch {
    return {};
  }
}
