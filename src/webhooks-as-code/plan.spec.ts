/** What is to be done, for every way in which a file and a service can differ. */
import { describe, expect, it } from 'vitest';
import { exported } from './export.ts';
import { makePlan, type Plan, type PlanOptions } from './plan.ts';
import { readRows } from './read-file.ts';
import type { StoredWebhook } from './rest-client.ts';
import { showPlan } from './show.ts';

const ID = '019ab000-0000-7000-8000-00000000000';

function stored(number: number, values: Partial<StoredWebhook> = {}): StoredWebhook {
  return {
    id: `${ID}${number}`,
    url: `https://hooks.example.com/${number}`,
    description: '',
    triggers: ['user_created', 'user_deleted'],
    enabled: true,
    paused: false,
    method: 'POST',
    ordering: 'per_user',
    headers: {},
    ca_certificates: null,
    ed25519_signature: false,
    timeout_ms: null,
    max_in_flight: null,
    rate_limit_per_second: null,
    retry_schedule: null,
    has_secret_token: false,
    pending_count: 0,
    ...values,
  };
}

interface Case {
  readonly webhooks: readonly StoredWebhook[];
  readonly file: string;
}

async function plan({ webhooks, file }: Case, options: Partial<PlanOptions> = {}): Promise<Plan> {
  const { rows, faults } = readRows(file);
  expect(faults).toEqual([]);
  const rest = {
    list: () => Promise.resolve([...webhooks]),
    read: (id: string) => {
      const webhook = webhooks.find((one) => one.id === id);
      return webhook ? Promise.resolve({ webhook, etag: '"7"' }) : Promise.reject(new Error('not there'));
    },
  };
  return makePlan(rest, rows, { environment: {}, writeSecrets: false, prune: false, ...options });
}

const file = (...webhooks: object[]): string => JSON.stringify({ version: 1, webhooks });
const bodies = ({ steps }: Plan): unknown[] =>
  steps.map((step) => (step.kind === 'delete' ? step.at.webhook.id : step.difference.body));
const messages = ({ faults }: Plan): string[] => faults.map(({ row, message }) => `${row}: ${message}`);

describe('an export', () => {
  const webhooks = [
    stored(1, { has_secret_token: true, headers: { 'X-Key': '***', 'X.Key': '***' } }),
    stored(2, { retry_schedule: ['5s'], enabled: false }),
  ];
  const { text, variables } = exported(webhooks);

  it('changes nothing where it came from, though no variable is set', async () => {
    const { steps, faults, same, uncompared } = await plan({ webhooks, file: text });
    expect({ steps, faults, same, uncompared }).toEqual({ steps: [], faults: [], same: 2, uncompared: 3 });
  });

  it('names a variable of its own for each secret, and holds none', () => {
    expect(variables).toEqual([
      'WEBHOOK_HOOKS_EXAMPLE_COM_00000001_SECRET_TOKEN',
      'WEBHOOK_HOOKS_EXAMPLE_COM_00000001_HEADER_X_KEY',
      'WEBHOOK_HOOKS_EXAMPLE_COM_00000001_HEADER_X_KEY_2',
    ]);
    expect(text).not.toContain('***');
  });

  it('makes all of it on an empty service, and needs the variables there', async () => {
    expect(messages(await plan({ webhooks: [], file: text }))).toEqual(
      variables.map((name, index) => {
        const member = ['secret_token', 'headers.X-Key', 'headers.X.Key'][index] ?? '';
        return `row 1 (https://hooks.example.com/1): ${member} needs the variable ${name}, which is not set`;
      }),
    );
    const environment = Object.fromEntries(variables.map((name) => [name, `of-${name}`]));
    const { steps } = await plan({ webhooks: [], file: text }, { environment });
    expect(steps.map(({ kind }) => kind)).toEqual(['make', 'make']);
    expect(steps[0]?.kind === 'make' && steps[0].difference.body).toMatchObject({
      secret_token: `of-${variables[0] ?? ''}`,
      headers: { 'X-Key': `of-${variables[1] ?? ''}`, 'X.Key': `of-${variables[2] ?? ''}` },
    });
    const shown = showPlan(await plan({ webhooks: [], file: text }, { environment }));
    expect(shown).toContain(`secret_token: from ${variables[0] ?? ''}`);
    expect(shown).not.toContain('of-WEBHOOK');
  });
});

describe('a row', () => {
  it('is about the webhook with its id, so that its URL can change', async () => {
    const changed = await plan({
      webhooks: [stored(1)],
      file: file({ id: `${ID}1`, url: 'https://b.example/' }),
    });
    expect(bodies(changed)).toEqual([{ url: 'https://b.example/' }]);
  });

  it('is about the webhook with its URL where its id is of another service', async () => {
    const row = { id: `${ID}9`, url: 'https://hooks.example.com/1', method: 'PUT' };
    expect(bodies(await plan({ webhooks: [stored(1)], file: file(row) }))).toEqual([{ method: 'PUT' }]);
  });

  it('leaves as it is what it does not say, and the order of triggers means nothing', async () => {
    const row = { url: 'https://hooks.example.com/1', triggers: ['user_deleted', 'user_created'] };
    const webhooks = [stored(1, { method: 'PUT', headers: { 'X-A': '***' }, has_secret_token: true })];
    expect(await plan({ webhooks, file: file(row) })).toMatchObject({ steps: [], same: 1, uncompared: 0 });
  });

  it('removes a token and headers that it says are not there', async () => {
    const row = { url: 'https://hooks.example.com/1', secret_token: null, headers: { 'x-a': 'b' } };
    const webhooks = [stored(1, { headers: { 'X-A': '***', 'X-B': '***' }, has_secret_token: true })];
    expect(bodies(await plan({ webhooks, file: file(row) }))).toEqual([
      { secret_token: null, headers: { 'X-B': null } },
    ]);
  });

  it('starts from where it says only when it makes or enables the webhook', async () => {
    const row = { url: 'https://hooks.example.com/1', enabled: true, start_from: 'earliest' };
    expect(await plan({ webhooks: [stored(1)], file: file(row) })).toMatchObject({ steps: [] });
    const enabled = await plan({ webhooks: [stored(1, { enabled: false })], file: file(row) });
    expect(bodies(enabled)).toEqual([{ enabled: true, start_from: 'earliest' }]);
  });

  it('cannot be made without triggers', async () => {
    expect(messages(await plan({ webhooks: [], file: file({ url: 'https://a.example/' }) }))).toEqual([
      'row 1 (https://a.example/): triggers is missing: the webhook is to be made',
    ]);
  });
});

describe('secrets that are stored', () => {
  const secret_token = { env: 'WEBHOOK_A' };
  const row = { url: 'https://hooks.example.com/1', secret_token };
  const webhooks = [stored(1, { has_secret_token: true })];
  const writing = (WEBHOOK_A: string): Promise<Plan> =>
    plan({ webhooks, file: file(row) }, { writeSecrets: true, environment: { WEBHOOK_A } });

  it('are written again when that is asked for', async () => {
    expect(bodies(await writing('new-token'))).toEqual([{ secret_token: 'new-token' }]);
  });

  it('are refused before anything is changed where they cannot be sent, and are not shown', async () => {
    expect(messages(await writing('pa55word\n'))).toEqual([
      'row 1 (https://hooks.example.com/1): secret_token: the value of WEBHOOK_A must consist of visible ASCII characters without spaces',
    ]);
    expect(messages(await writing(''))).toEqual([
      'row 1 (https://hooks.example.com/1): secret_token needs the variable WEBHOOK_A, which is empty',
    ]);
  });
});

it('what is not in the file stays, and is deleted only with --prune', async () => {
  const given = {
    webhooks: [stored(1), stored(2, { pending_count: 3 })],
    file: file({ url: stored(1).url }),
  };
  expect(await plan(given)).toMatchObject({ steps: [], others: 1 });
  const pruned = await plan(given, { prune: true });
  expect(bodies(pruned)).toEqual([`${ID}2`]);
  expect(showPlan(pruned)).toContain(`- https://hooks.example.com/2 ${ID}2: 3 deliveries that wait for it`);
});

it('rows that are about one webhook, or about one URL, are refused', async () => {
  const rows = [
    { id: `${ID}1`, url: 'https://new.example/' },
    { url: 'https://hooks.example.com/1' },
    { id: `${ID}2`, url: 'https://hooks.example.com/3' },
    { id: `${ID}3`, url: 'https://new.example/' },
  ];
  const found = await plan({ webhooks: [stored(1), stored(2), stored(3)], file: file(...rows) });
  expect(messages(found)).toEqual([
    'row 2 (https://hooks.example.com/1): it is about the same webhook as row 1',
    `row 3 (https://hooks.example.com/3): url is that of another webhook (${ID}3): give that one another URL first, or delete it`,
    'row 4 (https://new.example/): url is that of row 1',
  ]);
});
