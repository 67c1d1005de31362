import { describe, expect, it } from 'vitest';
import { SealBroken, SecretBox, type Place } from './secret-box.ts';

const OLD = Buffer.alloc(32, 1);
const NEW = Buffer.alloc(32, 2);
const PLACE: Place = {
  table: 'webhooks',
  id: '019ab000-0000-7000-8000-000000000001',
  column: 'secret_token',
};

const box = new SecretBox([OLD]);

it('gives back what was sealed, any text', () => {
  for (const text of ['', 's3cret', 'ü ✓ 𝒳', 'a'.repeat(5_000)]) {
    const sealed = box.seal(text, PLACE);
    expect(box.open(sealed, PLACE)).toBe(text);
    if (text !== '') expect(sealed).not.toContain(text);
  }
});

it('seals the same text differently each time', () => {
  expect(box.seal('s3cret', PLACE)).not.toBe(box.seal('s3cret', PLACE));
});

describe('does not open', () => {
  const sealed = box.seal('s3cret', PLACE);

  it.each<[string, Partial<Place>]>([
    ['row', { id: '019ab000-0000-7000-8000-000000000002' }],
    ['column', { column: 'signing_secrets' }],
    ['table', { table: 'service_keys' }],
  ])('what belongs to another %s', (_, other) => {
    expect(() => box.open(sealed, { ...PLACE, ...other })).toThrow(SealBroken);
  });

  it('what was changed, whichever character', () => {
    const start = sealed.lastIndexOf(':') + 1;
    // The last character of base64url may hold bits that mean nothing.
    for (let at = start; at < sealed.length - 1; at += 1) {
      const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
      expect(() => box.open(changed, PLACE)).toThrow(SealBroken);
    }
    expect(() => box.open(sealed.slice(0, start + 20), PLACE)).toThrow(SealBroken);
  });

  it('what is not sealed', () => {
    expect(() => box.open('s3cret', PLACE)).toThrow('secret_token of webhooks');
  });

  it('what another key sealed, and names that key', () => {
    const [id = ''] = box.keyIds;
    expect(id).toMatch(/^[0-9a-f]{8}$/);
    expect(() => new SecretBox([NEW]).open(sealed, PLACE)).toThrow(`SECRETS_KEY does not have its key ${id}`);
  });
});

it('opens with every key of the list, and seals with the first', () => {
  const both = new SecretBox([NEW, OLD]);
  expect(both.open(box.seal('s3cret', PLACE), PLACE)).toBe('s3cret');
  expect(new SecretBox([NEW]).open(both.seal('s3cret', PLACE), PLACE)).toBe('s3cret');
});

it('seals anew what is plain or under another key, and leaves the rest', () => {
  const both = new SecretBox([NEW, OLD]);
  for (const text of ['s3cret', box.seal('s3cret', PLACE)]) {
    const resealed = both.reseal(text, PLACE);
    expect(new SecretBox([NEW]).open(resealed, PLACE)).toBe('s3cret');
    expect(both.reseal(resealed, PLACE)).toBe(resealed);
  }
});
