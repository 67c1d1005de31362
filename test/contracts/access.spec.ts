/** What docs/access.md shows of tokens and of the audit trail is what the code takes and gives. */
import { describe, expect, it } from 'vitest';
import { ACTIONS, auditEntryView } from '../../src/audit/audit.dto.ts';
import { parseTokens } from '../../src/auth/api-tokens.ts';
import { Chapter, code, readDocument } from './documents.ts';

const ACCESS = readDocument('docs/access.md');

describe('Access', () => {
  it('shows a tokens file that lets nobody in as it stands, as everybody can read it', () => {
    const [, file = ''] = /^```text\n(# name +role +token\n[^]+?)^```$/m.exec(ACCESS) ?? [];
    const { tokens, faults } = parseTokens(file);
    expect(tokens).toEqual([]);
    expect(faults).toHaveLength(2);
  });
});

describe('Audit trail', () => {
  const trail = new Chapter(ACCESS, '## Audit trail');

  it('shows an entry as it is answered', () => {
    expect(trail.json()).toHaveLength(1);
    for (const example of trail.json()) expect(auditEntryView.parse(example)).toEqual(example);
  });

  it('has every action', () => {
    const [actions] = trail.table('member', 'meaning');
    expect(code(actions?.[1])).toEqual([...ACTIONS]);
  });
});
