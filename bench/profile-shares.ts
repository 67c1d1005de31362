/**
 * Where a process' CPU time goes: self time of a `.cpuprofile` by part and by function, as shares of the busy time.
 *
 * `BENCH_NODE_ARGUMENTS="--cpu-prof --cpu-prof-dir=<dir>" npm run bench`, then `node bench/profile-shares.ts <file> [top]`
 */
import { readFileSync } from 'node:fs';

interface Node {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  readonly children?: readonly number[];
}

interface Profile {
  readonly nodes: readonly Node[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const IDLE = new Set(['(idle)', '(program)', '(root)']);
const [file = '', top = '45', under = ''] = process.argv.slice(2);
const profile = JSON.parse(readFileSync(file, 'utf8')) as Profile;
const selfMicros = new Map<number, number>();
for (const [index, id] of profile.samples.entries()) {
  selfMicros.set(id, (selfMicros.get(id) ?? 0) + (profile.timeDeltas[index] ?? 0));
}

function partOf({ functionName, url }: Node['callFrame']): string {
  if (functionName === '(garbage collector)') return 'garbage collector';
  if (url === '') return 'native';
  if (url.startsWith('node:')) return 'node';
  const room = /\/(?:dist|src)\/([\w-]+)/.exec(url)?.[1];
  const packaged = /node_modules\/((?:@[\w-]+\/)?[\w.-]+)(?!.*node_modules)/.exec(url)?.[1];
  return packaged ?? (room === undefined ? 'other' : `own: ${room}`);
}

function print(title: string, micros: ReadonlyMap<string, number>, limit: number): void {
  console.log(`\n${title}`);
  const busy = [...micros.values()].reduce((sum, one) => sum + one, 0);
  const sorted = [...micros].sort(([, a], [, b]) => b - a).slice(0, limit);
  for (const [name, one] of sorted) {
    console.log(
      `${((one * 100) / busy).toFixed(1).padStart(5)} %  ${(one / 1_000).toFixed(0).padStart(6)} ms  ${name}`,
    );
  }
}

const byPart = new Map<string, number>();
const byFunction = new Map<string, number>();
const inclusive = new Map<string, number>();
const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
for (const node of profile.nodes) {
  const micros = selfMicros.get(node.id) ?? 0;
  const { callFrame } = node;
  if (micros === 0 || IDLE.has(callFrame.functionName)) continue;
  const part = partOf(callFrame);
  const where = callFrame.url.split('/').slice(-2).join('/');
  const name = `${callFrame.functionName || '(anonymous)'} ${where}:${callFrame.lineNumber + 1}`;
  byPart.set(part, (byPart.get(part) ?? 0) + micros);
  byFunction.set(name, (byFunction.get(name) ?? 0) + micros);
}

/** @param seen names on the way down, so that a recursion counts once. */
function walk(id: number, seen: readonly string[]): void {
  const node = nodes.get(id);
  if (!node) return;
  const { functionName, url, lineNumber } = node.callFrame;
  const name = `${functionName || '(anonymous)'} ${url.split('/').slice(-2).join('/')}:${lineNumber + 1}`;
  const path = seen.includes(name) ? seen : [...seen, name];
  const micros = IDLE.has(functionName) ? 0 : (selfMicros.get(id) ?? 0);
  for (const one of path) inclusive.set(one, (inclusive.get(one) ?? 0) + micros);
  for (const child of node.children ?? []) walk(child, path);
}

print('Self time by part', byPart, 30);
print('Self time by function', byFunction, Number(top));
const root = profile.nodes[0];
if (root) walk(root.id, []);
const total = [...byPart.values()].reduce((sum, one) => sum + one, 0);
console.log('\nWith what they call');
const sorted = [...inclusive].filter(([name]) => name.includes(under)).sort(([, a], [, b]) => b - a);
for (const [name, micros] of sorted.slice(0, Number(top))) {
  console.log(`${((micros * 100) / total).toFixed(1).padStart(5)} %  ${name}`);
}
