/** The threat model names where each promise is kept and tested. */
import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { readDocument } from './documents.ts';

it('SECURITY.md names files that exist', () => {
  const named = [...readDocument('SECURITY.md').matchAll(/`((?:src|test|docs|dev)\/[^`*]+)`/g)].map(
    ([, file = '']) => file,
  );
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((file) => !existsSync(file))).toEqual([]);
});
