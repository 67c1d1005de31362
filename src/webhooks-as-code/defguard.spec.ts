/** defguard's array becomes rows; what is wrong with one keeps back only that one. */
import { expect, it } from 'vitest';
import { readDefguardRows } from './defguard.ts';

const OPTIONS = { method: 'POST', allowEmptyToken: false } as const;
const defguard = {
  id: 1,
  url: 'https://hooks.example.com/users',
  description: 'Mailboxes',
  token: 'pa55word',
  enabled: true,
  on_user_created: true,
  on_user_modified: false,
  on_user_deleted: true,
  on_hwkey_provision: true,
};

it('a row has the triggers that were chosen, its token, and for a new webhook the method of defguard', () => {
  const { rows, faults } = readDefguardRows(JSON.stringify([defguard]), OPTIONS);
  expect(faults).toEqual([]);
  expect(rows).toEqual([
    {
      number: 1,
      id: undefined,
      members: {
        url: defguard.url,
        description: 'Mailboxes',
        enabled: true,
        triggers: ['user_created', 'user_deleted', 'user_keys'],
      },
      secretToken: 'pa55word',
      headers: undefined,
      startFrom: undefined,
      whenMade: { method: 'POST' },
    },
  ]);
});

it('each wrong row says what is wrong with it, and no token', () => {
  const none = { on_user_created: false, on_user_deleted: false, on_hwkey_provision: false };
  const rows = [
    { ...defguard, token: '' },
    { ...defguard, ...none, url: 'ftp://a.example/' },
    { ...defguard, token: 'pa55word with spaces' },
    { url: defguard.url },
    defguard,
  ];
  const read = readDefguardRows(JSON.stringify(rows), OPTIONS);
  expect(read.rows.map(({ number }) => number)).toEqual([5]);
  expect(read.faults.map(({ row, message }) => `${row}: ${message}`)).toEqual([
    expect.stringContaining('row 1 (https://hooks.example.com/users): token is empty'),
    expect.stringContaining('row 2 (ftp://a.example/): no on_… is true'),
    'row 2 (ftp://a.example/): url must begin with https:// or http://',
    'row 3 (https://hooks.example.com/users): token must consist of visible ASCII characters without spaces',
    ...[
      'description is missing',
      'token is missing',
      'enabled is missing',
      'on_user_created is missing',
      'on_user_modified is missing',
      'on_user_deleted is missing',
      'on_hwkey_provision is missing',
    ].map((message) => `row 4 (https://hooks.example.com/users): ${message}`),
  ]);
  expect(JSON.stringify(read.faults)).not.toContain('pa55word');
});

it('an empty token may be allowed: then nothing is said of it', () => {
  const text = JSON.stringify([{ ...defguard, token: '' }]);
  const { rows, faults } = readDefguardRows(text, { ...OPTIONS, allowEmptyToken: true });
  expect(faults).toEqual([]);
  expect(rows[0]?.secretToken).toBeUndefined();
});

it('the array may be of another program: ids of any kind, members that defguard has not, null for what was not chosen', () => {
  const none = { description: null, on_user_created: null, on_user_modified: null, enabled: null };
  const rows = [
    { ...defguard, id: '7', on_group_created: true, created_at: '2026-11-27' },
    { ...defguard, ...none, id: null, url: 'https://other.example.com/' },
    { ...defguard, token: null },
    { ...defguard, enabled: 'true', on_user_created: 1, description: 3 },
    null,
    'https://hooks.example.com/users',
  ];
  const read = readDefguardRows(JSON.stringify(rows), OPTIONS);
  expect(read.rows.map(({ number, members }) => [number, members])).toMatchObject([
    [1, { enabled: true, triggers: ['user_created', 'user_deleted', 'user_keys'] }],
    [2, { description: '', enabled: false, triggers: ['user_deleted', 'user_keys'] }],
  ]);
  expect(read.faults.map(({ row, message }) => `${row}: ${message}`)).toEqual([
    expect.stringContaining('row 3 (https://hooks.example.com/users): token is empty'),
    'row 4 (https://hooks.example.com/users): description must be a text',
    'row 4 (https://hooks.example.com/users): enabled must be true or false',
    'row 4 (https://hooks.example.com/users): on_user_created must be true or false',
    'row 5: it must be an object',
    'row 6: it must be an object',
  ]);
});

it('what is no array is refused', () => {
  expect(() => readDefguardRows('{}', OPTIONS)).toThrow('defguard answers to GET /api/v1/webhook');
});
