/** Who may do what at the REST API of the built service: roles, an identity provider, guessers, and what answers carry. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withClient } from '../../dev/embedded-postgres.ts';
import { eventually } from '../support/eventually.ts';
import { AUDIENCE, Issuer } from '../support/issuer.ts';
import { answerToNonsense } from '../support/raw-request.ts';
import { Stage } from '../support/stage.ts';
import { ADMIN_TOKEN, type Service } from '../support/service.ts';

const VIEWER_TOKEN = 'test-viewer-token-0123456789';
const CI_TOKEN = 'test-ci-token-0123456789';
const WRONG = 'not-a-token-of-anybody';

let stage: Stage;

beforeEach(async () => {
  stage = await Stage.set();
});

afterEach(() => stage.strike());

interface Problem {
  code: string;
  detail: string;
}

const problemOf = (data: unknown): Problem => data as Problem;

async function get(service: Service, token: string | null, headers = {}) {
  return service.rest(token).get<unknown>('/triggers', { headers });
}

describe('a token', () => {
  it('lets its role in: an admin everywhere, a viewer to read, and nobody without one', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'tokens-'));
    const file = join(directory, 'tokens');
    writeFileSync(file, `ci admin ${CI_TOKEN}\n`);
    const service = await stage.startService({ VIEWER_TOKEN, API_TOKENS_FILE: file });
    // It is read at start.
    rmSync(directory, { recursive: true });
    const id = await service.createWebhook({ url: stage.receiver.url('/a') });
    const routes: [string, string][] = [
      ['get', '/webhooks'],
      ['get', `/webhooks/${id}`],
      ['get', '/triggers'],
      ['get', '/audit'],
      ['post', '/webhooks'],
      ['put', `/webhooks/${id}`],
      ['patch', `/webhooks/${id}`],
      ['post', `/webhooks/${id}/test`],
      ['delete', `/webhooks/${id}`],
    ];
    const seen = {
      admin: [] as number[],
      ci: [] as number[],
      viewer: [] as number[],
      nobody: [] as number[],
    };
    for (const [method, url] of routes) {
      const ask = async (token: string | null) =>
        (await service.rest(token).request<unknown>({ method, url, data: method === 'get' ? undefined : {} }))
          .status;
      seen.nobody.push(await ask(null));
      seen.viewer.push(await ask(VIEWER_TOKEN));
      seen.ci.push(await ask(CI_TOKEN));
      seen.admin.push(await ask(ADMIN_TOKEN));
    }
    expect(seen).toEqual({
      nobody: routes.map(() => 401),
      viewer: [200, 200, 200, 403, 403, 403, 403, 403, 403],
      ci: [200, 200, 200, 200, 400, 400, 200, 400, 204],
      admin: [200, 200, 200, 200, 400, 400, 200, 400, 404],
    });
    expect(JSON.stringify(service.log)).not.toContain(CI_TOKEN);
  });

  it('is needed: without any way in for an admin there is no start', async () => {
    const service = stage.spawnService({ ADMIN_TOKEN: '', VIEWER_TOKEN, HOST: '0.0.0.0' });
    expect(await service.ended()).toEqual({ code: 1, signal: null });
    expect(service.stderr).toContain('ADMIN_TOKEN is missing: nobody could administer the service.');
  });
});

describe('an identity provider', () => {
  it('decides who is let in, and is not needed for other tokens', async () => {
    const issuer = await Issuer.start();
    try {
      const service = await stage.startService({
        VIEWER_TOKEN,
        ADMIN_TOKEN: '',
        // The issuer is on loopback, where no webhook may lead.
        ALLOWED_SUBNETS: '',
        OIDC_ISSUER: issuer.url,
        OIDC_AUDIENCE: AUDIENCE,
        OIDC_ADMIN_VALUES: 'ops',
        OIDC_VIEWER_VALUES: 'staff',
      });
      const ask = async (token: string) => (await get(service, token)).status;
      const admin = await issuer.token({ groups: ['ops'] });
      const made = await service
        .rest(admin)
        .post<unknown>('/webhooks', { url: 'https://a.example/', triggers: ['user_keys'] });
      expect(made.status).toBe(201);
      const trail = await service.rest(admin).get<{ data: unknown[] }>('/audit');
      expect(trail.data.data).toMatchObject([{ actor: 'jdoe', actor_kind: 'oidc', role: 'admin' }]);
      const staff = await issuer.token({ groups: ['staff'] });
      expect(await ask(staff)).toBe(200);
      expect((await service.rest(staff).post<unknown>('/webhooks', {})).status).toBe(403);
      expect(await ask(await issuer.token())).toBe(403);
      expect(await ask(await issuer.token({ aud: 'another', groups: ['ops'] }))).toBe(401);

      const document = await service.rest(null).get<{
        components: { securitySchemes: Record<string, object> };
        paths: Record<string, Record<string, { security: object[] }>>;
      }>('/../openapi.json');
      expect(document.data.components.securitySchemes['oidc']).toEqual({
        type: 'openIdConnect',
        openIdConnectUrl: `${issuer.url}/.well-known/openid-configuration`,
      });
      expect(document.data.paths['/api/v1/webhooks']?.['post']?.security).toEqual([
        { bearer: [] },
        { oidc: [] },
      ]);
    } finally {
      await issuer.close();
    }
  });

  it('that is away is named, and other tokens go on working', async () => {
    const issuer = await Issuer.start();
    const token = await issuer.token({ groups: ['ops'] });
    await issuer.close();
    const service = await stage.startService({
      OIDC_ISSUER: issuer.url,
      OIDC_AUDIENCE: AUDIENCE,
      OIDC_ADMIN_VALUES: 'ops',
    });
    const answer = await get(service, token);
    expect([answer.status, problemOf(answer.data).code]).toEqual([503, 'service_unavailable']);
    expect(problemOf(answer.data).detail).toContain(issuer.url);
    expect((await get(service, ADMIN_TOKEN)).status).toBe(200);
  });
});

describe('an address that guesses', () => {
  it('is locked out, and others are not', async () => {
    const service = await stage.startService({ TRUSTED_PROXIES: '127.0.0.1/32' });
    const from = (address: string) => ({ 'X-Forwarded-For': address });
    for (let times = 0; times < 10; times += 1)
      expect((await get(service, WRONG, from('2001:db8::1'))).status).toBe(401);
    const refused = await get(service, ADMIN_TOKEN, from('2001:db8::2'));
    expect([refused.status, problemOf(refused.data).code]).toEqual([429, 'too_many_requests']);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(50);
    expect((await get(service, ADMIN_TOKEN, from('2001:db8:0:1::1'))).status).toBe(200);
    // What the client itself has written is to the left of what the proxy writes.
    expect((await get(service, ADMIN_TOKEN, from('2001:db8::1, 203.0.113.9'))).status).toBe(200);
    expect((await get(service, ADMIN_TOKEN)).status).toBe(200);
    expect(service.log.some(({ msg }) => msg?.includes('is locked out'))).toBe(true);
  });

  it('cannot hide behind the ports that a proxy writes beside it, and its proxies are known with theirs', async () => {
    const service = await stage.startService({ TRUSTED_PROXIES: '127.0.0.1/32,10.0.0.0/8' });
    const from = (address: string) => ({ 'X-Forwarded-For': `${address}, 10.0.0.1:443` });
    for (let times = 0; times < 10; times += 1)
      await get(service, WRONG, from(`203.0.113.7:${50_000 + times}`));
    expect((await get(service, ADMIN_TOKEN, from('203.0.113.7:60000'))).status).toBe(429);
    expect((await get(service, ADMIN_TOKEN, from('203.0.113.8:60000'))).status).toBe(200);
    const id = await service.createWebhook({ url: stage.receiver.url('/a') });
    const patched = await service
      .rest()
      .patch(`/webhooks/${id}`, { enabled: false }, { headers: from('[2001:db8::1]:443') });
    expect(patched.status).toBe(200);
    const { data } = await service.rest().get<{ data: { client_address: string }[] }>('/audit');
    expect(data.data.map(({ client_address }) => client_address).toSorted()).toEqual([
      '127.0.0.1',
      '2001:db8::1',
    ]);
  });

  it('cannot hide behind a header of its own', async () => {
    const service = await stage.startService();
    for (let times = 0; times < 10; times += 1)
      await get(service, WRONG, { 'X-Forwarded-For': `203.0.113.${times}` });
    expect((await get(service, ADMIN_TOKEN)).status).toBe(429);
    expect((await service.rest(null).get<unknown>('/../../health/live')).status).toBe(200);
  });
});

describe('a stranger', () => {
  it('is told by readiness that PostgreSQL is broken, and nothing of what it says', async () => {
    const service = await stage.startService();
    const server = new URL(stage.database.url);
    const name = server.pathname.slice(1);
    server.pathname = '/postgres';
    const allow = (allowed: boolean) =>
      withClient(server.href, async (client) => {
        await client.query(`ALTER DATABASE ${name} WITH ALLOW_CONNECTIONS ${allowed}`);
        await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [
          name,
        ]);
      });
    const ready = () => service.rest(null).get<{ error: object }>('/health/ready', { baseURL: service.url });
    await allow(false);
    await eventually(async () => {
      const { status, data } = await ready();
      expect([status, data.error]).toMatchObject([
        503,
        { database: { message: 'PostgreSQL gives no good answer within 2 seconds: see the log' } },
      ]);
      expect(JSON.stringify(service.log)).toContain(`database \\"${name}\\" is not`);
      expect(JSON.stringify(data)).not.toContain(name);
    });
    await allow(true);
    await eventually(async () => {
      expect((await ready()).status).toBe(200);
    });
  });
});

describe('every answer', () => {
  it('tells browsers to make nothing of it, and pages of others nothing at all', async () => {
    const service = await stage.startService();
    const rest = service.rest();
    const answers = {
      '/triggers': await rest.get<unknown>('/triggers', { headers: { Origin: 'https://evil.example' } }),
      preflight: await rest.options<unknown>('/webhooks', {
        headers: { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'POST' },
      }),
      'no path': await rest.get<unknown>('/nothing'),
      'a broken path': await rest.get<unknown>('/webhooks/%zz'),
      health: await rest.get<unknown>('/../../health/live'),
    };
    for (const [name, { headers }] of Object.entries(answers)) {
      expect([name, headers]).toMatchObject([
        name,
        {
          'cache-control': 'no-store',
          'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
          'cross-origin-resource-policy': 'same-origin',
          'referrer-policy': 'no-referrer',
          'x-content-type-options': 'nosniff',
          'x-frame-options': 'DENY',
          'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        },
      ]);
      expect(
        Object.keys(headers).filter((header) => /^access-control|^server$|powered/i.test(header)),
      ).toEqual([]);
    }
    expect(answers.preflight.status).toBe(405);
    expect(await answerToNonsense(service.url)).toContain('X-Content-Type-Options: nosniff');
  });

  it('lets the page of the documentation run the scripts it has, and no other', async () => {
    const service = await stage.startService();
    const page = await service.rest(null).get<string>('/../docs');
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain("script-src 'self';");
    const scripts = [...page.data.matchAll(/<script([^>]*)>([^<]*)<\/script>/g)];
    expect(scripts.length).toBeGreaterThan(0);
    for (const [, attributes = '', inline = ''] of scripts) {
      expect(attributes).toMatch(/src="\.?\/?[^":]+"/);
      expect(inline.trim()).toBe('');
    }
    expect(page.data).not.toMatch(/\son\w+=/);
    const init = await service.rest(null).get<string>('/../docs/swagger-ui-init.js');
    expect(init.headers['content-type']).toContain('javascript');
  });
});
