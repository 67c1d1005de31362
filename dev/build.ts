/**
 * Builds the service for `npm start` and `npm run demo`, unless nothing that the build is made of has changed since the
 * last one. Every build begins by emptying `dist/`. So one that failed, or was made by `npm run build`, leaves no mark.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const MADE_OF = ['src', 'web', 'nest-cli.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
const MARK = join('dist', '.built');

/** @param root of the repository. */
export function isBuilt(root: string): boolean {
  const mark = join(root, MARK);
  return existsSync(mark) && MADE_OF.every((path) => changedAt(join(root, path)) < statSync(mark).mtimeMs);
}

/** @param begunAt milliseconds since the epoch: what was changed while the build ran is not in it. */
export function markBuilt(root: string, begunAt: number): void {
  const mark = join(root, MARK);
  writeFileSync(mark, '');
  utimesSync(mark, begunAt / 1_000, begunAt / 1_000);
}

/** Of a directory the latest of all below. Its own time counts too, as it changes when a file is removed. */
function changedAt(path: string): number {
  const stat = statSync(path);
  if (!stat.isDirectory()) return stat.mtimeMs;
  return readdirSync(path).reduce(
    (latest, name) => Math.max(latest, changedAt(join(path, name))),
    stat.mtimeMs,
  );
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..');
  if (!isBuilt(root)) {
    const begunAt = Date.now();
    console.log('Building the service …');
    const { status } = spawnSync('npm', ['run', '--silent', 'build'], {
      cwd: root,
      stdio: 'inherit',
      shell: true,
    });
    if (status !== 0) process.exit(status ?? 1);
    markBuilt(root, begunAt);
  }
}
