/** `docs/schemas/` is what `npm run docs:schemas` writes. */
import { describe, expect, it } from 'vitest';
import { publishedSchemas } from '../../dev/write-schemas.ts';
import { filesBelow, readJson } from './documents.ts';

describe('docs/schemas', () => {
  const published = publishedSchemas();

  it('has the published schemas and nothing else', () => {
    expect(filesBelow('docs/schemas')).toEqual(
      [...published.keys()].map((file) => `docs/schemas/${file}`).sort(),
    );
  });

  it.each([...published])('%s is what the code says; else run `npm run docs:schemas`', (file, text) => {
    expect(readJson(`docs/schemas/${file}`)).toEqual(JSON.parse(text));
  });
});
