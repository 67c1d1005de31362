/** What docs/results.md says of a result is what is published. */
import { describe, expect, it } from 'vitest';
import { attemptSchema, ERROR_CODES, OUTCOMES, REASONS } from '../../src/model/attempt.ts';
import { Chapter, names, readDocument } from './documents.ts';
import { ATTEMPT_HEADERS } from './record-headers.ts';

describe('docs/results.md', () => {
  const results = new Chapter(readDocument('docs/results.md'), '## The record');

  it('has every field, whether it may be null, and its meaning', () => {
    expect(results.table('field', 'null', 'meaning')).toEqual(
      Object.entries(attemptSchema.shape).map(([name, field]) => [
        `\`${name}\``,
        field.safeParse(null).success ? 'yes' : 'no',
        field.description,
      ]),
    );
  });

  it('shows records as they are written', () => {
    expect(results.json()).toHaveLength(1);
    for (const example of results.json()) expect(attemptSchema.parse(example)).toEqual(example);
  });

  it('has every outcome, reason and error code', () => {
    expect(names(results.table('outcome', 'meaning'))).toEqual([...OUTCOMES]);
    expect(names(results.table('reason', 'meaning'))).toEqual([...REASONS]);
    expect(results.table('error code', 'meaning')).toEqual(
      Object.entries(ERROR_CODES).map(([name, meaning]) => [`\`${name}\``, meaning]),
    );
  });

  it('has every header of the record', () => {
    expect(names(results.table('record header', 'value'))).toEqual(ATTEMPT_HEADERS);
  });
});
