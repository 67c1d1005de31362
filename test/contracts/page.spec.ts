/** The admin page and the service fit: its client is that of the documented REST API, its views are those served. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { writePageClient } from '../../dev/page-client.ts';
import { PAGE_PATHS } from '../../src/page/page-paths.ts';
import { PROBLEM_CODES } from '../../src/rest/problem.ts';
import { en } from '../../web/src/texts/en.ts';
import { filesBelow, readDocument } from './documents.ts';

const COMMITTED = 'web/src/api/generated';
const made = mkdtempSync(join(tmpdir(), 'page-client-'));

afterAll(() => {
  rmSync(made, { recursive: true });
});

it('the client is what docs/openapi.json makes of it; else run `npm run docs:client`', async () => {
  await writePageClient(made);
  const names = (directory: string): string[] =>
    readdirSync(directory, { recursive: true, encoding: 'utf8' }).toSorted();
  const contents = (directory: string): Record<string, string> =>
    Object.fromEntries(
      names(directory)
        .filter((name) => name.endsWith('.ts'))
        .map((name) => [name, readFileSync(join(directory, name), 'utf8')]),
    );
  expect(names(COMMITTED)).toEqual(names(made));
  expect(contents(COMMITTED)).toEqual(contents(made));
});

it('each path of the router is served, and each served path is one of the router', () => {
  const router = readDocument('web/src/router.tsx');
  const paths = [...router.matchAll(/^ {2}path: '(.+)',$/gm)].map(([, path = '']) => path);
  const served = (path: string): boolean =>
    PAGE_PATHS.some((one) => one === path || (one.endsWith('/*') && path.startsWith(one.slice(0, -1))));
  expect(paths.length).toBeGreaterThan(3);
  expect(paths.filter((path) => !served(path))).toEqual([]);
  expect(
    PAGE_PATHS.filter((one) => !paths.some((path) => path === one || path.startsWith(one.replace('*', '')))),
  ).toEqual([]);
});

it('each problem of the service has its title among the texts, which every language must have', () => {
  expect(PROBLEM_CODES.filter((code) => !(code in en.problem))).toEqual([]);
});

it('each component of Mantine has its style sheet: the sign-in view stood in a corner without that of Center', () => {
  const sources = filesBelow('web/src').map(readDocument).join('\n');
  const imports = [...sources.matchAll(/import \{([^}]+)\} from '@mantine\/core'/g)];
  const components = imports.flatMap(([, list = '']) => list.split(',').map((name) => name.trim()));
  const sheetOf = (name: string): string => `@mantine/core/styles/${name}.css`;
  const styled = components.filter((name) => existsSync(`node_modules/${sheetOf(name)}`));
  expect(styled).toContain('Center');
  expect(styled.filter((name) => !sources.includes(`'${sheetOf(name)}'`))).toEqual([]);
});

it('asks no other host: every address in the page is of the documentation, an example, or a name space', () => {
  const sources = filesBelow('web/src').filter((file) => !file.startsWith(COMMITTED));
  const addresses = sources.flatMap((file) =>
    [...readDocument(file).matchAll(/https?:\/\/[\w.-]+/g)].map(([address]) => address),
  );
  const harmless = ['https://hooks.example.com', 'http://www.w3.org'];
  expect(addresses.filter((address) => !harmless.includes(address))).toEqual([]);
});
