/**
 * However a receiver writes what it got, its answer has no secret in a form that reads back to it. The readers here undo one
 * way of writing at a time, over the whole text, as programs do, and know nothing of the code under test.
 */
import { decodeHTML, encodeHTML } from 'entities';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleWebhook } from '../../test/support/sample-webhook.ts';
import { seeded } from '../../test/support/seeded.ts';
import { withoutSecrets } from './mask-secrets.ts';

/** One of several ways to write a character, by chance. */
type Choose = (ways: readonly string[]) => string;
type Writer = (text: string, choose: Choose) => string;

const hex = (character: string, digits: number): string[] => {
  const lower = character.charCodeAt(0).toString(16).padStart(digits, '0');
  return [lower, lower.toUpperCase()];
};
const each = (text: string, write: (character: string) => string): string =>
  Array.from(text, (character) => write(character)).join('');

const WRITERS: Record<string, Writer> = {
  json: (text, choose) =>
    each(text, (character) =>
      choose([
        JSON.stringify(character).slice(1, -1),
        ...(character === '/' ? ['\\/'] : []),
        ...hex(character, 4).map((digits) => `\\u${digits}`),
      ]),
    ),
  javascript: (text, choose) =>
    each(text, (character) =>
      choose([
        ...(/["'\\]/.test(character) ? [`\\${character}`] : [character]),
        ...hex(character, 2).map((digits) => `\\x${digits}`),
        ...hex(character, 2).map((digits) => `\\u{${digits}}`),
      ]),
    ),
  url: (text, choose) =>
    each(text, (character) =>
      choose([...(character === '%' ? [] : [character]), ...hex(character, 2).map((digits) => `%${digits}`)]),
    ),
  form: (text, choose) =>
    each(text, (character) =>
      choose([
        ...(/[%+ ]/.test(character) ? [] : [character]),
        ...(character === ' ' ? ['+'] : []),
        ...hex(character, 2).map((digits) => `%${digits}`),
      ]),
    ),
  html: (text, choose) =>
    each(text, (character) =>
      choose([
        ...(character === '&' ? [] : [character]),
        encodeHTML(character),
        `&#${character.charCodeAt(0)};`,
        ...hex(character, 1).flatMap((digits) => [`&#x${digits};`, `&#X000${digits};`]),
      ]),
    ),
};

const SIMPLE: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };
const unit = (digits: string): string => String.fromCharCode(parseInt(digits, 16));
const READERS: readonly ((text: string) => string)[] = [
  (text) =>
    text.replace(
      /\\(?:u([0-9a-f]{4})|u\{([0-9a-f]+)\}|x([0-9a-f]{2})|(.))/gi,
      (_all, ...[four, braced, two, one = '']: (string | undefined)[]) => {
        const digits = four ?? braced ?? two;
        return digits === undefined ? (SIMPLE[one] ?? one) : unit(digits);
      },
    ),
  (text) => text.replace(/%([0-9a-f]{2})/gi, (_all, digits: string) => unit(digits)),
  (text) => text.replaceAll('+', ' ').replace(/%([0-9a-f]{2})/gi, (_all, digits: string) => unit(digits)),
  (text) => decodeHTML(text),
];

const DEPTH = 4;

/** Whether the text says it, in any way of writing, or one within the other. */
function says(text: string, secret: string, depth = DEPTH): boolean {
  if (text.includes(secret)) return true;
  if (depth === 0) return false;
  return READERS.some((read) => {
    const meant = read(text);
    return meant !== text && says(meant, secret, depth - 1);
  });
}

interface Echo {
  readonly secret: string;
  readonly before: string;
  readonly behind: string;
  readonly writers: readonly string[];
  /** Whether what stands around the secret is written like it. */
  readonly whole: boolean;
  readonly chances: readonly number[];
}

const around = fc.constantFrom('"', "'", ' ', ': ', '=', '<b>', '{"a":"', '\n', '","', '&', 'Bearer ');
const echo = fc.record<Echo>({
  secret: fc
    .string({ minLength: 8, maxLength: 24, unit: 'grapheme-ascii' })
    .filter((text) => text.trim() === text && new Set(text).size > 3),
  before: around,
  behind: around,
  writers: fc.array(fc.constantFrom(...Object.keys(WRITERS)), { maxLength: 3 }),
  whole: fc.boolean(),
  chances: fc.array(fc.nat(), { minLength: 1, maxLength: 40 }),
});

function written({ secret, before, behind, writers, whole, chances }: Echo): string {
  let at = 0;
  const choose: Choose = (ways) => {
    at += 1;
    return ways[(chances[at % chances.length] ?? 0) % ways.length] ?? '';
  };
  const all = (from: string): string =>
    writers.reduce((text, name) => WRITERS[name]?.(text, choose) ?? text, from);
  return whole ? all(before + secret + behind) : before + all(secret) + behind;
}

describe('an answer that says a secret back, in one way of writing or in several within each other', () => {
  it.each([
    ['the secret token', (secret: string) => sampleWebhook({ secretToken: secret })],
    ['the value of a header', (secret: string) => sampleWebhook({ headers: { 'X-Key': secret } })],
    ['a part of it', (secret: string) => sampleWebhook({ headers: { Authorization: `Bearer ${secret}` } })],
    [
      'decoded Basic credentials',
      (secret: string) => {
        const credentials = Buffer.from(`user:${secret}`).toString('base64');
        return sampleWebhook({ headers: { Authorization: `Basic ${credentials}` } });
      },
    ],
    [
      'a value of the query',
      (secret: string) =>
        sampleWebhook({ url: `https://x.example/?${new URLSearchParams({ key: secret }).toString()}` }),
    ],
    [
      'a key in the path',
      (secret: string) =>
        sampleWebhook({ url: `https://hooks.zapier.com/hooks/catch/1/${encodeURIComponent(secret)}` }),
    ],
  ])('does not have it: %s', (_what, webhookWith) => {
    fc.assert(
      fc.property(echo, (one) => {
        const text = written(one);
        expect(says(text, one.secret)).toBe(true);
        const masked = withoutSecrets(text, webhookWith(one.secret), false);
        expect(says(masked, one.secret)).toBe(false);
        expect(masked).toContain('***');
      }),
      seeded(1_000),
    );
  });

  it('has no beginning of it either, wherever the answer was cut off', () => {
    fc.assert(
      fc.property(echo, fc.nat(), (one, length) => {
        const text = written({ ...one, behind: '', before: '{"a":"' });
        const cut = text.slice(0, length % (text.length + 1));
        const masked = withoutSecrets(cut, sampleWebhook({ secretToken: one.secret }), true);
        expect(says(masked, one.secret.slice(0, 6))).toBe(false);
      }),
      seeded(1_000),
    );
  });
});

it('an answer that has no secret stays as it is', () => {
  const webhook = sampleWebhook({
    secretToken: 'Zq8Xw5Lk2Tn9Vb4M',
    headers: { 'X-Key': 'Jp7Rf3Hc6Ys1Dg0K' },
  });
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 1_024 }), fc.boolean(), (text, cut) => {
      expect(withoutSecrets(text, webhook, cut)).toBe(text);
    }),
    seeded(1_000),
  );
});
