/** README is short, and what it says of settings and files is so. */
import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { joinedShape } from '../../src/config/read-settings.ts';
import { DECLARATIONS } from '../../src/settings.ts';
import { attemptSchema } from '../../src/model/attempt.ts';
import { Chapter, names, readDocument } from './documents.ts';

const README = readDocument('README.md');

it('README has at most 250 lines', () => {
  expect(README.trimEnd().split('\n').length).toBeLessThanOrEqual(250);
});

it('README names every required setting, and the usual way in', () => {
  const required = Object.entries(joinedShape(DECLARATIONS)).flatMap(([name, schema]) =>
    z.safeParse(schema, undefined).success ? [] : [name],
  );
  const rows = new Chapter(README, '## Required settings').table('name', 'meaning');
  expect(names(rows)).toEqual([...required, 'ADMIN_TOKEN']);
});

it('README shows a request and an attempt as they are sent', () => {
  const chapter = new Chapter(README, '## One webhook');
  const [attempt, ...others] = chapter.json().map((example) => attemptSchema.parse(example));
  expect(others).toEqual([]);
  const [, request = ''] = /^```http\n([^]+?)^```$/m.exec(README) ?? [];
  expect(request).toContain(`\nwebhook-id: ${attempt?.event_id ?? ''}\n`);
  const sent = [...request.matchAll(/^([\w-]+): /gm)].map(([, name]) => name);
  const documented = names(
    new Chapter(readDocument('docs/receivers.md'), '### Headers').table('header', 'value', 'when'),
  ).map((name) => name.toLowerCase());
  // The rest is undici's part.
  const ours = sent
    .map((name = '') => name.toLowerCase())
    .filter((name) => !/^(host|connection)$/.test(name));
  expect(ours.filter((name) => !documented.includes(name))).toEqual([]);
});

it.each(['README.md', 'CONTRIBUTING.md'])('%s names files that exist', (document) => {
  const named = [...readDocument(document).matchAll(/`((?:src|test|docs)\/[\w./-]+)`/g)].map(
    ([, path = '']) => path,
  );
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((path) => !existsSync(path))).toEqual([]);
});

it('docs/architecture.md names files of the way of an event that exist, at most 32', () => {
  const chapter = new Chapter(readDocument('docs/architecture.md'), '## The way of an event');
  const files = names(chapter.table('file in `src/`', 'what it does there'));
  const others = names(chapter.table('other file in `src/`', 'works for', 'what it does there'));
  expect([...files, ...others].filter((file) => !existsSync(`src/${file}`))).toEqual([]);
  expect(files.length).toBeLessThanOrEqual(32);
});
