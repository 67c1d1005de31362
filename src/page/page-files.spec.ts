import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { PageFiles } from './page-files.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'page-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

it('the nonce is another for each answer, and in every place of it', () => {
  writeFileSync(join(directory, 'index.html'), '<meta nonce="__NONCE__"><script nonce="__NONCE__">');
  const files = new PageFiles(directory);
  const [first, second] = [files.shell(), files.shell()];
  expect(first.nonce).not.toBe(second.nonce);
  expect(first.html).toBe(`<meta nonce="${first.nonce}"><script nonce="${first.nonce}">`);
});

it('a page that is not built is said with the way out', () => {
  expect(() => new PageFiles(directory)).toThrow(/index\.html is missing: run "npm run build"/);
});
