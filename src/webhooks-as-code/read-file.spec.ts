/** The file is read with every fault at once, by row and member, and without any text of it that may be secret. */
import { describe, expect, it } from 'vitest';
import { parseJson, readRows } from './read-file.ts';

const file = (...webhooks: unknown[]): string => JSON.stringify({ version: 1, webhooks });
const good = { url: 'HTTPS://Hooks.example.com', triggers: ['user_created'] };

it('a row has its URL as the service stores it, and only the members that were given', () => {
  const { rows, faults } = readRows(file(good));
  expect(faults).toEqual([]);
  expect(rows).toEqual([
    {
      number: 1,
      id: undefined,
      members: { url: 'https://hooks.example.com/', triggers: ['user_created'] },
      secretToken: undefined,
      headers: undefined,
      startFrom: undefined,
      whenMade: {},
    },
  ]);
});

it('what is wrong is told of every row at once', () => {
  const { rows, faults } = readRows(
    file(
      { ...good, triggers: [], timeout_ms: 1, trigger: 'x' },
      good,
      { triggers: ['user_created'] },
      { ...good, secret_token: 'pa55word' },
      { ...good, secret_token: { env: 'ADMIN_TOKEN' } },
      { ...good, headers: { 'X-Key': '***', Host: 'a' } },
      'text',
    ),
  );
  expect(rows.map(({ number }) => number)).toEqual([2]);
  expect(faults.map(({ row, message }) => `${row}: ${message}`)).toEqual([
    'row 1 (https://hooks.example.com/): triggers must name at least one trigger',
    'row 1 (https://hooks.example.com/): timeout_ms must be a whole number from 100 to 300000, or null',
    'row 1 (https://hooks.example.com/): trigger is not a known member',
    'row 3: url is missing',
    expect.stringContaining('row 4 (https://hooks.example.com/): secret_token must be {"env": "WEBHOOK_…"}'),
    'row 5 (https://hooks.example.com/): secret_token.env must be WEBHOOK_ and then A to Z, 0 to 9 or _',
    'row 6 (https://hooks.example.com/): headers.Host is set by the service or by HTTP itself and cannot be a custom header',
    expect.stringContaining('row 6 (https://hooks.example.com/): headers.X-Key is only the mask of a value'),
    expect.stringContaining('row 7: it'),
  ]);
  expect(JSON.stringify(faults)).not.toContain('pa55word');
});

it('a private address is for the service to judge, which knows ALLOWED_SUBNETS', () => {
  expect(readRows(file({ ...good, url: 'http://10.0.0.5/' })).faults).toEqual([]);
});

describe('a file that is none', () => {
  it.each([
    ['{"version": 1, "webhooks": [pa55word]}', 'The file is not JSON'],
    ['[]', 'The file must be {"version": 1, "webhooks": […]}'],
    ['{"version": 2, "webhooks": []}', 'version must be 1'],
    ['{"version": 1, "webhook": []}', 'webhooks must be a list'],
  ])('%s', (text, message) => {
    expect(() => readRows(text)).toThrow(message);
    expect(() => readRows(text)).not.toThrow('pa55word');
  });
});

it('the lines that npm run writes before the output do not make a redirected export unreadable', () => {
  const banner = '\n> user-webhooks@0.1.0 webhooks\n> node dist/webhooks-as-code.js export\n\n';
  expect(parseJson(`${banner}{"version": 1}\n`)).toEqual({ version: 1 });
});
