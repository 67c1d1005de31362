import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSettings, SettingsError } from '../config/read-settings.ts';
import { parseTokens, token, tokenHash } from './api-tokens.ts';
import { authSettings } from './auth.settings.ts';

const SECRET = 'pa55-word-of-the-builds';
const HASH = createHash('sha256').update(SECRET).digest('hex');

describe('a token', () => {
  it.each(['correct-horse-battery', '0123456789abcdef', '~!@#$%^&*()_+{}|'])('may be %s', (text) => {
    expect(token.safeParse(text).success).toBe(true);
  });

  it.each([
    ['too-short', 'must be at least 16 characters long'],
    ['correct horse battery', 'must consist of visible ASCII characters without spaces'],
    ['x'.repeat(64), 'must have at least 8 different characters'],
    ['abcabcabcabcabcabc', 'must have at least 8 different characters'],
  ])('must not be %s', (text, fault) => {
    expect(token.safeParse(text).error?.issues.map(({ message }) => message)).toEqual([
      expect.stringContaining(fault) as string,
    ]);
  });
});

describe('a file of tokens', () => {
  it('has one per line, written out or as hash, with comments between', () => {
    const text = `# ours\r\n\n  ci\tadmin ${SECRET}\ngrafana viewer  sha256:${'A'.repeat(64)}\n`;
    expect(parseTokens(text)).toEqual({
      tokens: [
        { name: 'ci', role: 'admin', hash: tokenHash(SECRET) },
        { name: 'grafana', role: 'viewer', hash: Buffer.alloc(32, 0xaa) },
      ],
      faults: [],
    });
  });

  it.each([
    ['', ' has no token in it'],
    ['# ci admin x', ' has no token in it'],
    ['ci admin', ', line 1: must be a name, a role and a token, separated by spaces'],
    [`ci admin ${SECRET} x`, ', line 1: must be a name, a role and a token, separated by spaces'],
    [`\nci root ${SECRET}`, ', line 2: the role of ci must be admin or viewer'],
    [`c/i admin ${SECRET}`, ', line 1: the name must be 1 to 64 letters, digits, ".", "_", "@" or "-"'],
    [`system admin ${SECRET}`, ', line 1: the name must not be one of admin, viewer, system'],
    ['ci admin pa55word', ', line 1: the token of ci must be at least 16 characters long'],
    ['ci admin sha256:pa55word', ', line 1: the token of ci must have 64 hex digits after "sha256:"'],
    [`ci admin ${SECRET}\nci viewer sha256:${'a'.repeat(64)}`, ', line 2: the name ci is there twice'],
    [`ci admin ${SECRET}\ncd viewer sha256:${HASH}`, ', line 2: the token of cd is also the one of ci'],
  ])('%j is refused by line, and never shown', (text, fault) => {
    const { faults } = parseTokens(text);
    expect(faults).toEqual([fault]);
    expect(faults.join()).not.toMatch(/pa55/);
  });
});

describe('the setting API_TOKENS_FILE', () => {
  function faultsOf(text: string | null, environment: object = {}): readonly string[] {
    const directory = mkdtempSync(join(tmpdir(), 'tokens-'));
    const path = join(directory, 'tokens');
    if (text !== null) writeFileSync(path, text);
    try {
      readSettings([authSettings], { ...environment, API_TOKENS_FILE: path });
      return [];
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      return error.faults.map((fault) => fault.replace(path, '<path>'));
    } finally {
      rmSync(directory, { recursive: true });
    }
  }

  it('is enough to start with', () => {
    expect(faultsOf(`ci admin ${SECRET}`)).toEqual([]);
  });

  it('is not enough when it holds viewers only', () => {
    expect(faultsOf(`grafana viewer ${SECRET}`)).toEqual([
      expect.stringMatching(/^ADMIN_TOKEN is missing: nobody could administer .*API_TOKENS_FILE/) as string,
    ]);
    expect(faultsOf(`grafana viewer ${SECRET}`, { ADMIN_TOKEN: 'correct-horse-battery' })).toEqual([]);
  });

  it('names all that is wrong with the file', () => {
    expect(faultsOf('ci admin pa55\ncd root')).toEqual([
      'API_TOKENS_FILE <path>, line 1: the token of ci must be at least 16 characters long',
      'API_TOKENS_FILE <path>, line 2: must be a name, a role and a token, separated by spaces',
    ]);
    expect(faultsOf(null)).toEqual([
      'API_TOKENS_FILE <path> cannot be read (ENOENT): correct the path or the rights of the file',
    ]);
  });

  it('must not hold the token of another setting', () => {
    expect(faultsOf(`ci admin sha256:${HASH}`, { VIEWER_TOKEN: SECRET })).toEqual([
      'API_TOKENS_FILE has the token of VIEWER_TOKEN as ci: give each its own',
    ]);
  });
});
