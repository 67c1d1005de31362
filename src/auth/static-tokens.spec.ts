import { expect, it } from 'vitest';
import { parseTokens, tokenHash } from './api-tokens.ts';
import { StaticTokens } from './static-tokens.ts';

function tokensWithHashOf(token: string): StaticTokens {
  const { tokens } = parseTokens(`ci admin sha256:${tokenHash(token).toString('hex')}`);
  return new StaticTokens({ ADMIN_TOKEN: undefined, VIEWER_TOKEN: undefined, API_TOKENS_FILE: tokens });
}

it('a token of the file is known by its hash', () => {
  const token = '0123456789abcdef';
  expect(tokensWithHashOf(token).actorOf(token)).toEqual({ kind: 'token', name: 'ci', role: 'admin' });
});

it.each(['', 'foo', '0123456789abcde', 'abcabcabcabcabcabc'])(
  'a token too weak to be written out is nobody\'s by its hash either: "%s"',
  (token) => {
    expect(tokensWithHashOf(token).actorOf(token)).toBeNull();
  },
);
