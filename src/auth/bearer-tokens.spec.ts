import { beforeEach, describe, expect, it } from 'vitest';
import { parseTokens } from './api-tokens.ts';
import { Problem } from '../rest/problem.ts';
import { BearerTokens, bearerToken } from './bearer-tokens.ts';
import { IssuerUnavailable } from './issuer-keys.ts';
import { Lockout } from './lockout.ts';
import type { OidcVerdict } from './oidc-tokens.ts';
import type { RouteAccess } from './route-access.ts';
import { StaticTokens } from './static-tokens.ts';

const ADMIN = 'correct-horse-battery';
const VIEWER = 'correct-horse-staple-2';
const CI = 'a-token-of-the-build-server';
const WRONG = 'not-a-token-of-anybody';

const closed: RouteAccess = {};
const open: RouteAccess = { access: 'public' };
const adminOnly: RouteAccess = { access: 'admin' };

const staticTokens = new StaticTokens({
  ADMIN_TOKEN: ADMIN,
  VIEWER_TOKEN: VIEWER,
  API_TOKENS_FILE: parseTokens(`ci admin ${CI}`).tokens,
});

let now: number;
let tokens: BearerTokens;

beforeEach(() => {
  now = 0;
  tokens = tokensWith(null);
});

function tokensWith(judge: (() => Promise<OidcVerdict>) | null): BearerTokens {
  return new BearerTokens(staticTokens, judge && { judge }, new Lockout(() => now));
}

interface Question {
  route?: RouteAccess;
  authorization?: string | undefined;
  token?: string;
  method?: string;
  ip?: string;
}

async function ask({ route = closed, token, method = 'GET', ip = '203.0.113.1', ...rest }: Question) {
  const authorization = token === undefined ? rest.authorization : `Bearer ${token}`;
  const answered: Record<string, string> = {};
  const reply = { header: (name: string, value: string) => (answered[name] = value) };
  try {
    return {
      passed: true,
      actor: await tokens.admit({ headers: { authorization }, method, ip }, reply, route),
    };
  } catch (error) {
    if (error instanceof Problem) return { passed: error.code, detail: error.detail, answered };
    throw error;
  }
}

const UNFIT = { unfit: 'sub', rule: 'be a text' } as const;

describe('a bearer token', () => {
  it.each([`Bearer ${ADMIN}`, `bearer ${ADMIN}`, `BEARER   ${ADMIN} `])(
    'lets "%s" through',
    async (authorization) => {
      expect((await ask({ authorization })).passed).toBe(true);
    },
  );

  it.each([undefined, '', 'Bearer', 'Bearer ', ADMIN, `Basic ${ADMIN}`, `Bearer ${ADMIN} ${ADMIN}`])(
    'asks for a token when there is %j',
    async (authorization) => {
      expect(await ask({ authorization })).toMatchObject({
        passed: 'unauthorized',
        answered: { 'WWW-Authenticate': 'Bearer realm="user-webhooks"' },
      });
    },
  );

  it.each([`${ADMIN}x`, ADMIN.slice(0, -1), ADMIN.toUpperCase(), 'x'])(
    'refuses the token %s',
    async (token) => {
      const refusal = await ask({ token });
      expect(refusal).toMatchObject({
        passed: 'unauthorized',
        answered: { 'WWW-Authenticate': 'Bearer realm="user-webhooks", error="invalid_token"' },
      });
      expect(refusal.detail).not.toContain(token);
    },
  );

  it('is not asked for by public routes', async () => {
    expect((await ask({ route: open })).passed).toBe(true);
  });

  it.each([
    [ADMIN, { kind: 'token', name: 'admin', role: 'admin' }],
    [VIEWER, { kind: 'token', name: 'viewer', role: 'viewer' }],
    [CI, { kind: 'token', name: 'ci', role: 'admin' }],
  ])('notes who asks with %s', async (token, actor) => {
    expect((await ask({ token })).actor).toEqual(actor);
  });
});

describe('a role', () => {
  it.each([
    [ADMIN, 'GET', closed, true],
    [ADMIN, 'POST', closed, true],
    [ADMIN, 'GET', adminOnly, true],
    [VIEWER, 'GET', closed, true],
    [VIEWER, 'HEAD', closed, true],
    [VIEWER, 'POST', closed, 'forbidden'],
    [VIEWER, 'PUT', closed, 'forbidden'],
    [VIEWER, 'PATCH', closed, 'forbidden'],
    [VIEWER, 'DELETE', closed, 'forbidden'],
    [VIEWER, 'GET', adminOnly, 'forbidden'],
  ])('of the token %s has for %s the answer it should', async (token, method, route, passed) => {
    expect((await ask({ token, method, route })).passed).toBe(passed);
  });
});

describe('an address that guesses', () => {
  const guess = (times: number, ip?: string) =>
    Promise.all(Array.from({ length: times }, () => ask({ token: WRONG, ...(ip !== undefined && { ip }) })));

  it('is refused with every token, until its time is over', async () => {
    await guess(10);
    expect(await ask({ token: ADMIN })).toMatchObject({
      passed: 'too_many_requests',
      answered: { 'Retry-After': '60' },
    });
    expect((await ask({})).passed).toBe('unauthorized');
    now += 59_001;
    expect(await ask({ token: WRONG })).toMatchObject({ answered: { 'Retry-After': '1' } });
    now += 999;
    expect((await ask({ token: ADMIN })).passed).toBe(true);
  });

  it('shuts out no other', async () => {
    await guess(10);
    expect((await ask({ token: ADMIN, ip: '203.0.113.2' })).passed).toBe(true);
  });

  it('is not one that has no token, one out of its time, of an unknown key, or for something else, or too small a role', async () => {
    const verdicts: OidcVerdict[] = ['expired', 'too early', 'unknown key', 'without role', UNFIT];
    tokens = tokensWith(() => Promise.resolve(verdicts.at(-1) ?? 'wrong'));
    for (; verdicts.length > 0; verdicts.pop()) await guess(20);
    for (let times = 0; times < 20; times += 1) await ask({ token: VIEWER, method: 'POST' });
    for (let times = 0; times < 20; times += 1) await ask({});
    expect((await ask({ token: ADMIN })).passed).toBe(true);
  });
});

describe('a token of the issuer', () => {
  it.each<[OidcVerdict, string | true]>([
    [{ actor: { kind: 'oidc', name: 'jdoe', role: 'viewer' } }, true],
    ['without role', 'forbidden'],
    ['wrong', 'unauthorized'],
    ['expired', 'unauthorized'],
    ['too early', 'unauthorized'],
    ['unknown key', 'unauthorized'],
    [UNFIT, 'unauthorized'],
  ])('that is %j is answered as it should be', async (verdict, passed) => {
    tokens = tokensWith(() => Promise.resolve(verdict));
    expect((await ask({ token: 'a.b.c' })).passed).toBe(passed);
  });

  it('is told which of its claims is not as it must be', async () => {
    tokens = tokensWith(() => Promise.resolve(UNFIT));
    expect((await ask({ token: 'a.b.c' })).detail).toBe(
      "The bearer token is the issuer's, but cannot be used: its claim sub must be a text",
    );
  });

  it('cannot be judged without its keys, but other tokens can', async () => {
    tokens = tokensWith(() => Promise.reject(new IssuerUnavailable('The issuer https://id.example is away')));
    for (let times = 0; times < 20; times += 1) {
      const answer = await ask({ token: 'a.b.c' });
      expect(answer.passed).toBe('service_unavailable');
      expect(answer.detail).toContain('https://id.example');
    }
    expect((await ask({ token: ADMIN })).passed).toBe(true);
  });
});

describe('the token of a header', () => {
  it('is not looked for in other schemes', () => {
    expect(bearerToken('Digest bearer abc')).toBeNull();
    expect(bearerToken('Bearer\tabc')).toBeNull();
    expect(bearerToken('Bearer abc')).toBe('abc');
  });
});
