/** `npm start` builds what has changed, and nothing else: a second start is quick. */
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isBuilt, markBuilt } from '../../dev/build.ts';

const BUILT_AT = Date.now();
const secondsFromBuild = (seconds: number): number => BUILT_AT / 1_000 + seconds;

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'built-'));
  mkdirSync(join(root, 'dist'));
  for (const path of ['src/room', 'web/views']) mkdirSync(join(root, path), { recursive: true });
  const files = ['nest-cli.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
  for (const file of [...files, 'src/room/part.ts', 'src/main.ts', 'web/views/view.tsx']) {
    writeFileSync(join(root, file), '');
    utimesSync(join(root, file), secondsFromBuild(-60), secondsFromBuild(-60));
  }
  for (const path of ['src/room', 'src', 'web/views', 'web'])
    utimesSync(join(root, path), secondsFromBuild(-60), secondsFromBuild(-60));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

it('what was never built, or whose build failed, is built', () => {
  expect(isBuilt(root)).toBe(false);
});

it('what has not changed is not built again', () => {
  markBuilt(root, BUILT_AT);
  expect(isBuilt(root)).toBe(true);
});

it.each(['src/room/part.ts', 'web/views/view.tsx', 'package-lock.json'])(
  'a change of %s is built, also one while the last build ran',
  (file) => {
    markBuilt(root, BUILT_AT);
    utimesSync(join(root, file), secondsFromBuild(1), secondsFromBuild(1));
    expect(isBuilt(root)).toBe(false);
  },
);

it('a file that was removed is missed', () => {
  markBuilt(root, BUILT_AT - 1_000);
  rmSync(join(root, 'src/room/part.ts'));
  expect(isBuilt(root)).toBe(false);
});
