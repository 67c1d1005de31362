/** What the documents refer to is there: files, headings, npm scripts. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesBelow, readDocument, readJson } from './documents.ts';

const DOCUMENTS = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', 'bench/README.md'],
  ...filesBelow('docs').filter((file) => file.endsWith('.md')),
];

/** What stands in blocks of code is no heading and no link. */
function prose(document: string): string {
  return readDocument(document).replaceAll(/^```[^]*?^```$/gm, '');
}

/** The anchors that GitHub gives the headings of a document. */
function anchors(document: string): string[] {
  return [...prose(document).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** Where a link of a document leads, if it stays in the repository. */
function targets(document: string): { link: string; path: string; anchor: string }[] {
  return [...prose(document).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
    if (/^https?:/.test(link)) return [];
    const [file = '', anchor = ''] = link.split('#');
    return [{ link, path: file === '' ? document : join(dirname(document), file), anchor }];
  });
}

describe.each(DOCUMENTS)('%s', (document) => {
  it('links to files and headings that exist', () => {
    const missing = targets(document).filter(
      ({ path, anchor }) => !existsSync(path) || (anchor !== '' && !anchors(path).includes(anchor)),
    );
    expect(missing.map(({ link }) => link)).toEqual([]);
  });
});

it('documents name npm scripts that exist', () => {
  const { scripts } = readJson('package.json') as { scripts: Record<string, string> };
  const named = DOCUMENTS.flatMap((document) =>
    [...readDocument(document).matchAll(/\bnpm (?:run ([a-z0-9:-]+)|(start|test)\b)/g)].map(
      ([, run, short]) => run ?? short ?? '',
    ),
  );
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

it('README leads to every document', () => {
  const linked = new Set(targets('README.md').map(({ path }) => path));
  const own = DOCUMENTS.filter((document) => document !== 'README.md' && !/decisions\/\d/.test(document));
  expect(own.filter((document) => !linked.has(document))).toEqual([]);
});

it('the list of decisions has every note', () => {
  const linked = targets('docs/decisions/README.md').map(({ path }) => path);
  expect(linked).toEqual(filesBelow('docs/decisions').filter((file) => !file.endsWith('README.md')));
});
