/** `npm run webhooks` as a process against the built service: what it did is read back through REST. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { runWebhooksCommand } from '../../src/webhooks-as-code/command.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { runCommand, type Ran } from '../support/run-command.ts';
import { ADMIN_TOKEN, type Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';

interface Webhook {
  readonly id: string;
  readonly url: string;
  readonly updated_at: string;
  readonly has_secret_token: boolean;
  readonly [member: string]: unknown;
}
interface FileRow {
  url: string;
  secret_token: { env: string } | null;
  headers: Record<string, { env: string }>;
  [member: string]: unknown;
}

const directory = mkdtempSync(join(tmpdir(), 'user-webhooks-as-code-'));
const FILE = join(directory, 'webhooks.json');
const SECRET = 'pa55word-of-the-receiver';

let stage: Stage;
let service: Service;

beforeAll(async () => {
  stage = await Stage.set();
  service = await stage.startService();
});

beforeEach(async () => {
  for (const { id } of await webhooks(service)) await service.rest().delete(`/webhooks/${id}`);
});

afterAll(async () => {
  rmSync(directory, { recursive: true });
  await stage.strike();
});

async function run(args: string[], environment: Record<string, string> = {}, of = service): Promise<Ran> {
  const ran = await runCommand('webhooks-as-code.js', args, {
    USER_WEBHOOKS_URL: of.url,
    ADMIN_TOKEN,
    ...environment,
  });
  for (const secret of [ADMIN_TOKEN, SECRET]) expect(ran.stdout + ran.stderr).not.toContain(secret);
  expect(ran.stderr).not.toMatch(/^\s+at /m);
  return ran;
}

async function webhooks(of: Service): Promise<Webhook[]> {
  const all: Webhook[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const params = { limit: 100, cursor };
    const { data } = await of
      .rest()
      .get<{ data: Webhook[]; next_cursor: string | null }>('/webhooks', { params });
    all.push(...data.data);
    cursor = data.next_cursor;
  }
  return all;
}

/** What somebody wanted of them, without what each service says of its own. */
const wanted = (all: readonly Webhook[]): unknown[] =>
  all.map(({ id, created_at, updated_at, status, ...rest }) => rest);

const readFile = (): { version: number; webhooks: FileRow[] } =>
  JSON.parse(readFileSync(FILE, 'utf8')) as { version: number; webhooks: FileRow[] };

function writeRows(rows: object[]): void {
  writeFileSync(FILE, JSON.stringify({ version: 1, webhooks: rows }));
}

const row = (path: string, more: object = {}): Record<string, unknown> => ({
  url: stage.receiver.url(path),
  triggers: ['user_created'],
  method: 'POST',
  ...more,
});

it('an export makes the same on an empty service, applied again it changes nothing, and more than a page is exported', async () => {
  const secrets = { secret_token: SECRET, headers: { 'X-Tenant': SECRET } };
  await service.createWebhook({ url: stage.receiver.url('/first'), ...secrets });
  await service.createWebhook({ url: stage.receiver.url('/second'), retry_schedule: ['7s'], enabled: false });
  for (let count = 0; count < 100; count += 1)
    await service.createWebhook({ url: `https://${count}.example/` });
  const exportRun = await run(['export']);
  expect(exportRun.code).toBe(0);
  writeFileSync(FILE, exportRun.stdout);
  expect(readFile().webhooks).toHaveLength(102);
  expect(await run(['apply', FILE])).toMatchObject({ code: 0 });

  const database: TestDatabase = await createDatabase();
  const second = await stage.startService({ DATABASE_URL: database.url });
  try {
    const missing = await run(['apply', FILE, '--yes'], {}, second);
    expect(missing.code).toBe(1);
    const [first] = readFile().webhooks;
    const name = first?.secret_token?.env ?? '';
    expect(missing.stderr).toContain(`secret_token needs the variable ${name}, which is not set`);
    expect(await webhooks(second)).toEqual([]);

    const environment = { [name]: SECRET, [first?.headers['X-Tenant']?.env ?? '']: SECRET };
    const applied = await run(['apply', FILE, '--yes', '--show-signing-secrets'], environment, second);
    expect(applied).toMatchObject({ code: 0, stderr: '' });
    expect(applied.stdout).toContain('To make: 102, to change: 0, to delete: 0, as they should be: 0.');
    expect(wanted(await webhooks(second))).toEqual(wanted(await webhooks(service)));
    expect(applied.stdout.match(/^ {4}signing_secret: whsec_/gm)).toHaveLength(102);

    const before = await webhooks(second);
    const again = await run(['apply', FILE, '--yes'], environment, second);
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).toContain('To make: 0, to change: 0, to delete: 0, as they should be: 102.');
    expect(await webhooks(second)).toEqual(before);
  } finally {
    await second.stop();
    await database.drop();
  }
});

it('differences are shown, and nothing is done where nobody can be asked, or with --dry-run', async () => {
  const id = await service.createWebhook({ url: stage.receiver.url('/a'), description: 'old' });
  writeRows([row('/a', { description: 'new', triggers: undefined }), row('/b')]);
  const unasked = await run(['apply', FILE]);
  expect(unasked.code).toBe(1);
  expect(unasked.stderr).toContain('run it again with --yes');
  const dry = await run(['apply', FILE, '--dry-run']);
  expect(dry.code).toBe(2);
  expect(dry.stdout).toBe(
    `~ row 1 (${stage.receiver.url('/a')}) ${id}
    description: "old" → "new"
+ row 2 (${stage.receiver.url('/b')})
    triggers: ["user_created"]
    method: "POST"
To make: 1, to change: 1, to delete: 0, as they should be: 0.
`,
  );
  expect(await webhooks(service)).toMatchObject([{ description: 'old' }]);
  expect((await run(['apply', FILE, '--yes'])).code).toBe(0);
  expect(await webhooks(service)).toMatchObject([{ description: 'new' }, { url: stage.receiver.url('/b') }]);
  expect((await run(['apply', FILE, '--dry-run'])).code).toBe(0);
});

it('somebody who is asked may say no; what was changed meanwhile is not written over', async () => {
  const id = await service.createWebhook({ url: stage.receiver.url('/a'), description: 'old' });
  writeRows([row('/a', { description: 'new' }), row('/b')]);
  const answering = async (answer: () => Promise<string>): Promise<{ code: number; said: string }> => {
    let said = '';
    const say = (text: string): void => void (said += text);
    const environment = { USER_WEBHOOKS_URL: service.url, ADMIN_TOKEN };
    const code = await runWebhooksCommand(['apply', FILE], environment, { say, note: say, ask: answer });
    return { code, said };
  };
  expect(await answering(() => Promise.resolve(''))).toMatchObject({ code: 1 });
  expect(await webhooks(service)).toMatchObject([{ description: 'old' }]);
  const { code, said } = await answering(async () => {
    await service.rest().patch(`/webhooks/${id}`, { description: 'of somebody else' });
    return 'y';
  });
  expect(code).toBe(1);
  expect(said).toContain(
    `${id}: not changed: somebody changed or deleted it meanwhile; run the command again`,
  );
  expect(await webhooks(service)).toMatchObject([
    { description: 'of somebody else' },
    { url: stage.receiver.url('/b') },
  ]);
});

it('only --prune deletes', async () => {
  await service.createWebhook({ url: stage.receiver.url('/kept') });
  const id = await service.createWebhook({ url: stage.receiver.url('/old') });
  writeRows([row('/kept')]);
  const without = await run(['apply', FILE, '--yes']);
  expect(without.code).toBe(0);
  expect(without.stdout).toContain('Webhooks that are not in the file, and stay: 1. --prune deletes them.');
  expect(await webhooks(service)).toHaveLength(2);
  const pruned = await run(['apply', FILE, '--yes', '--prune']);
  expect(pruned.code).toBe(0);
  expect(pruned.stdout).toContain(`- ${stage.receiver.url('/old')} ${id}: deleted`);
  expect(await webhooks(service)).toMatchObject([{ url: stage.receiver.url('/kept') }]);
});

it('a row that the service refuses keeps back no other, and says why; a token that is refused changes nothing', async () => {
  writeRows([row('/a'), row('', { url: 'http://10.1.2.3/' }), row('/c')]);
  const ran = await run(['apply', FILE, '--yes']);
  expect(ran.code).toBe(1);
  expect(ran.stdout).toContain(
    '+ row 2 (http://10.1.2.3/): not made: url must not point to the private or reserved address 10.1.2.3',
  );
  expect(ran.stderr).toContain('Done: 2, failed: 1, not tried: 0.');
  expect(await webhooks(service)).toHaveLength(2);
  const refused = await run(['apply', FILE, '--yes'], { ADMIN_TOKEN: 'another-token-0123456789' });
  expect(refused).toMatchObject({ code: 1, stdout: '' });
  expect(refused.stderr).toContain('401 unauthorized');
  const away = await run(['apply', FILE, '--yes'], { USER_WEBHOOKS_URL: 'http://127.0.0.1:9' });
  expect(away.stderr).toContain('gave no answer (ECONNREFUSED)');
});

const defguardRow = (id: number, url: string, more: object = {}): object => ({
  id,
  url,
  description: `number ${id}`,
  token: SECRET,
  enabled: true,
  on_user_created: true,
  on_user_modified: true,
  on_user_deleted: false,
  on_hwkey_provision: false,
  ...more,
});

it("defguard's array is imported, each wrong row says why, and a second time nothing changes", async () => {
  const array = [
    defguardRow(1, stage.receiver.url('/one')),
    defguardRow(2, stage.receiver.url('/two'), { token: '' }),
    defguardRow(3, 'http://192.168.7.7/hook'),
    defguardRow(4, stage.receiver.url('/four'), { on_hwkey_provision: true, enabled: false }),
    defguardRow(5, stage.receiver.url('/one')),
  ];
  writeFileSync(FILE, JSON.stringify(array));
  const first = await run(['import-defguard', FILE, '--yes']);
  expect(first.code).toBe(1);
  expect(first.stdout).toContain(`row 2 (${stage.receiver.url('/two')}): token is empty`);
  expect(first.stdout).toContain(`row 5 (${stage.receiver.url('/one')}): url is that of row 1`);
  expect(first.stdout).toContain(
    '+ row 3 (http://192.168.7.7/hook): not made: url must not point to the private or reserved address 192.168.7.7',
  );
  const imported = await webhooks(service);
  const common = { method: 'POST', has_secret_token: true };
  expect(imported).toMatchObject([
    {
      url: stage.receiver.url('/one'),
      enabled: true,
      triggers: ['user_created', 'user_modified'],
      description: 'number 1',
      ...common,
    },
    {
      url: stage.receiver.url('/four'),
      enabled: false,
      triggers: ['user_created', 'user_modified', 'user_keys'],
      ...common,
    },
  ]);
  const second = await run(['import-defguard', FILE, '--yes']);
  expect(second.code).toBe(1);
  expect(second.stdout).toContain('To make: 1, to change: 0, to delete: 0, as they should be: 2.');
  expect(await webhooks(service)).toEqual(imported);

  writeFileSync(FILE, JSON.stringify([array[0], array[3]]));
  expect((await run(['import-defguard', FILE])).code).toBe(0);
});
