/** What `dev/` and `bench/` run, Node.js runs as it is written: it only strips the types, also of what they import. */
import { existsSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { filesBelow, readDocument } from './documents.ts';

/** Imports of values; those of types alone are stripped. */
const IMPORT = /^(?:import|export)(?! type)[^'"]*from '(\.[^']+\.ts)'/gm;

function reachedFrom(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file) || !existsSync(file)) return seen;
  seen.add(file);
  for (const [, path = ''] of readDocument(file).matchAll(IMPORT))
    reachedFrom(join(dirname(file), path), seen);
  return seen;
}

it('npm start and npm run demo begin: a file that they reach had syntax that is no mere type', () => {
  const own = [...filesBelow('dev'), ...filesBelow('bench')].filter(
    (file) => file.endsWith('.ts') && !file.includes('plain-nest'),
  );
  const reached = new Set(own.flatMap((file) => [...reachedFrom(file)]));
  expect([...reached].some((file) => file.startsWith('src/kafka/'))).toBe(true);
  const faults = [...reached].flatMap((file) => {
    try {
      stripTypeScriptTypes(readDocument(file));
      return [];
    } catch (error) {
      return [`${file}: ${String(error)}`];
    }
  });
  expect(faults).toEqual([]);
});
