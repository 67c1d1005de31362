import { describe, expect, it } from 'vitest';
import { mergePatch } from './merge-patch.ts';

const DOCUMENT = {
  url: 'https://example.com/',
  description: 'old',
  timeout_ms: 500,
  headers: { 'X-A': '1', 'X-B': '2' },
};

describe('a merge patch', () => {
  it.each([
    ['changes nothing when empty', {}, DOCUMENT],
    ['replaces what is given', { description: 'new' }, { ...DOCUMENT, description: 'new' }],
    [
      'takes null away, for the default to come',
      { timeout_ms: null, headers: null },
      { url: DOCUMENT.url, description: 'old' },
    ],
    [
      'merges headers by name',
      { headers: { 'X-C': '3', 'X-A': null } },
      { ...DOCUMENT, headers: { 'X-B': '2', 'X-C': '3' } },
    ],
    [
      'knows no case in header names',
      { headers: { 'x-a': '9', 'X-b': null } },
      { ...DOCUMENT, headers: { 'x-a': '9' } },
    ],
    ['does not mind a null for a header that is not there', { headers: { 'X-Z': null } }, DOCUMENT],
    [
      'keeps a null secret token, which removes it',
      { secret_token: null },
      { ...DOCUMENT, secret_token: null },
    ],
    [
      'takes names of JavaScript for plain names',
      { headers: { constructor: 'a', toString: 'b' } },
      { ...DOCUMENT, headers: { ...DOCUMENT.headers, constructor: 'a', toString: 'b' } },
    ],
  ])('%s', (_, patch, merged) => {
    expect(mergePatch(DOCUMENT, patch)).toEqual(merged);
  });

  it('leaves the document as it was', () => {
    const before = structuredClone(DOCUMENT);
    mergePatch(DOCUMENT, { description: 'x', headers: { 'X-A': null } });
    expect(DOCUMENT).toEqual(before);
  });
});
