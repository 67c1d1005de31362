/** The admin page and the service fit: its client is that of the documented REST API, its views are those served. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { writePageClient } from '../../dev/page-client.ts';
import { PAGE_PATHS } from '../../src/page/page-paths.ts';
import { ERROR_CODES } from '../../src/model/attempt.ts';
import { FAULT_CODES, FIELD_FAULTS } from '../../src/model/field-fault.ts';
import { PROBLEM_CODES, UNAVAILABLE, type ProblemCode } from '../../src/rest/problem.ts';
import { de } from '../../web/src/texts/de.ts';
import { en } from '../../web/src/texts/en.ts';
import { filesBelow, readDocument } from './documents.ts';

const COMMITTED = 'web/src/api/generated';
const made = mkdtempSync(join(tmpdir(), 'page-client-'));

/** By what it knows itself. */
const SAID_BY_THE_PAGE: ProblemCode[] = ['forbidden', 'too_many_requests'];

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

it('each problem of the service has its title and its help among the texts, which every language must have', () => {
  expect(PROBLEM_CODES.filter((code) => !(code in en.problem))).toEqual([]);
  const helped = PROBLEM_CODES.filter((code) => !SAID_BY_THE_PAGE.includes(code));
  expect(Object.keys(en.problemHelp).filter((code) => code !== 'event_expired_since')).toEqual(helped);
  expect(Object.keys(en.unavailable)).toEqual([...UNAVAILABLE]);
});

it('each error code of a result has its text; the filter of deliveries offers those', () => {
  expect(Object.keys(en.errorCode)).toEqual(Object.keys(ERROR_CODES));
});

it.each([['English', en] as const, ['German', de] as const])(
  'each fault of a member has its text in %s, which names no other values than the fault has',
  (language, { fault: { entry: _, ...texts } }) => {
    const codes = Object.keys(texts).map((key) => key.replace(/_(one|other)$/, ''));
    expect([...new Set(codes)]).toEqual(FAULT_CODES);
    for (const code of FAULT_CODES) {
      const forms = Object.entries(texts).filter(([key]) => key.replace(/_(one|other)$/, '') === code);
      const known = code === 'invalid' ? ['message'] : FIELD_FAULTS[code].params;
      const named = forms.flatMap(([, text]) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name));
      expect([language, code, named.filter((name) => !known.includes(name as never))]).toEqual([
        language,
        code,
        [],
      ]);
    }
  },
);

it('says in German what went wrong: only what the members say, and faults without a code, are words of the service', () => {
  const asItCame = Object.entries({ ...de.problemHelp, ...de.unavailable })
    .filter(([, text]) => text.includes('{{detail}}'))
    .map(([code]) => code);
  expect(asItCame).toEqual(['validation_failed']);
  const same = Object.entries(en.fault).filter(([key, text]) => de.fault[key as 'missing'] === text);
  expect(same).toEqual([]);
});

/** Where the document lists words, and the texts that say them. None: HTTP's own words, or told otherwise. */
const SAID_BY: Readonly<Record<string, readonly string[]>> = {
  'WebhookInput.triggers': ['trigger'],
  'WebhookInput.method': [],
  'WebhookInput.ordering': ['ordering'],
  'Webhook.status': ['status', 'statusHelp'],
  'Webhook.disabled_code': ['disabledReason'],
  'AuditEntry.action': ['auditAction'],
  'AuditEntry.actor_kind': [],
  'AuditEntry.role': ['role'],
  'AuditEntry.changes': ['audit.change'],
  'Delivery.status': ['deliveryStatus'],
  'Delivery.reason': ['waitsFor'],
  'Delivery.error_code': ['errorCode'],
  'DeliveryDetail.reason': ['reason'],
  'DeliveryDetail.outcome': [],
  'DeliveryDetail.code': ['requestMissing'],
  'Explanation.reason': ['deadLetterReason', 'deadLetterReasonHelp'],
  'Explanation.code': ['fault'],
  'Explanation.why': ['explainWhy'],
  'Session.actor_kind': [],
  'ReplayInput.mode': ['replayDialog.modes', 'replayDialog.modesHelp'],
  'Replay.kind': ['replayKind'],
  'Replay.status': ['replayStatus'],
  'Replay.code': ['replayWarning'],
  'Problem.code': ['problem'],
  'Problem.unavailable': ['unavailable'],
};

it('each word of a list in docs/openapi.json has its text in each language, and German ones are German', () => {
  const lists = wordLists(JSON.parse(readDocument('docs/openapi.json')) as Described);
  expect(Object.keys(lists).toSorted()).toEqual(Object.keys(SAID_BY).toSorted());
  const said = Object.entries(SAID_BY).flatMap(([list, groups]) =>
    groups.flatMap((group) => (lists[list] ?? []).map((word) => `${group}.${word}`)),
  );
  const lacking = said.filter((key) => textAt(en, key) === undefined || textAt(de, key) === undefined);
  expect(lacking).toEqual([]);
  const same = said.filter((key) => JSON.stringify(textAt(en, key)) === JSON.stringify(textAt(de, key)));
  expect(same).toEqual(['role.admin']);
});

interface Described {
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}

/** Each list of words once, by the schema and the member where it is first. */
function wordLists(document: Described): Record<string, string[]> {
  const found = new Map<string, readonly [string, string[]]>();
  const walk = (part: unknown, name: string): void => {
    if (typeof part !== 'object' || part === null) return;
    const { enum: words, properties, ...rest } = part as { enum?: string[]; properties?: object };
    const key = JSON.stringify(words);
    if (words && !found.has(key)) found.set(key, [name, words]);
    const [schema = ''] = name.split('.');
    for (const [member, inner] of Object.entries(properties ?? {})) walk(inner, `${schema}.${member}`);
    for (const inner of Object.values(rest)) walk(inner, name);
  };
  for (const [schema, part] of Object.entries(document.components.schemas)) walk(part, schema);
  return Object.fromEntries(found.values());
}

/** A text that counts has a form for one and for many. */
function textAt(texts: object, key: string): unknown {
  const at = (path: string): unknown =>
    path
      .split('.')
      .reduce<unknown>((part, name) => (part as Record<string, unknown> | undefined)?.[name], texts);
  return at(key) ?? at(`${key}_other`);
}

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
