/** What docs/notices.md says of a notice is what is published. */
import { describe, expect, it } from 'vitest';
import { NOTICE_TYPES, noticeSchema } from '../../src/notices/notice.ts';
import { Chapter, names, readDocument } from './documents.ts';
import { NOTICE_HEADERS } from './record-headers.ts';

describe('docs/notices.md', () => {
  const notices = new Chapter(readDocument('docs/notices.md'), '## The notice');

  it('has every type and what it means', () => {
    expect(notices.table('type', 'it means')).toEqual(
      Object.entries(NOTICE_TYPES).map(([type, meaning]) => [`\`${type}\``, meaning]),
    );
  });

  it('has every field, whether it may be null, and its meaning', () => {
    expect(notices.table('field', 'null', 'meaning')).toEqual(
      Object.entries(noticeSchema.shape).map(([name, field]) => [
        `\`${name}\``,
        field.safeParse(null).success ? 'yes' : 'no',
        field.description,
      ]),
    );
  });

  it('shows notices as they are written', () => {
    expect(notices.json()).toHaveLength(1);
    for (const example of notices.json()) expect(noticeSchema.parse(example)).toEqual(example);
  });

  it('has every header of the record', () => {
    expect(names(notices.table('record header', 'value'))).toEqual(NOTICE_HEADERS);
  });
});
