import { SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { AUDIENCE, Issuer } from '../../test/support/issuer.ts';
import { IssuerKeys, IssuerUnavailable } from './issuer-keys.ts';
import { OidcTokens, roleOf } from './oidc-tokens.ts';

const VALUES = { OIDC_ADMIN_VALUES: ['ops', 'root'], OIDC_VIEWER_VALUES: ['staff'] };
const SECOND = 1;
const MINUTE = 60;

let issuer: Issuer;
let elapsedMs: number;
let tokens: OidcTokens;

beforeEach(async () => {
  issuer = await Issuer.start();
  elapsedMs = 0;
  const settings = {
    OIDC_ISSUER: issuer.url,
    OIDC_AUDIENCE: AUDIENCE,
    OIDC_ROLE_CLAIM: 'groups',
    ...VALUES,
  };
  const startedAt = Date.now();
  // Both clocks: jose keeps keys by the wall clock.
  vi.spyOn(Date, 'now').mockImplementation(() => startedAt + elapsedMs);
  tokens = new OidcTokens(settings, new IssuerKeys(issuer.url, () => elapsedMs), () => new Date(startedAt));
  return async () => {
    vi.restoreAllMocks();
    await issuer.close();
  };
});

const nowSeconds = (): number => Math.floor(Date.now() / 1_000);

/** With claims of any type. */
const signed = (claims: JWTPayload): Promise<string> => issuer.token(claims);

describe('a token of the issuer', () => {
  it.each([
    [{ groups: ['staff', 'ops'] }, 'admin'],
    [{ groups: ['other', 'staff'] }, 'viewer'],
    [{ groups: 'root' }, 'admin'],
  ])('with %j has the role %s', async (claims, role) => {
    const verdict = await tokens.judge(await issuer.token(claims));
    expect(verdict).toEqual({ actor: { kind: 'oidc', name: 'jdoe', role } });
  });

  it.each([{}, { groups: [] }, { groups: ['others'] }, { groups: { ops: true } }, { groups: [['ops']] }])(
    'with %j has none',
    async (claims) => {
      expect(await tokens.judge(await issuer.token(claims))).toBe('without role');
    },
  );

  it.each(['PS512', 'ES256', 'ES384', 'EdDSA'])('may be signed with %s', async (algorithm) => {
    await issuer.rotate(algorithm);
    expect(await tokens.judge(await issuer.token({ groups: ['ops'] }))).toMatchObject({
      actor: { role: 'admin' },
    });
  });

  it.each<[string, unknown, string]>([
    ['aud', ['another-client'], 'name OIDC_AUDIENCE'],
    ['aud', undefined, 'name OIDC_AUDIENCE'],
    ['aud', 5, 'name OIDC_AUDIENCE'],
    ['aud', { [AUDIENCE]: true }, 'name OIDC_AUDIENCE'],
    ['sub', undefined, 'be a text of'],
    ['sub', '', 'be a text of'],
    ['sub', 'a\u0000b', 'be a text of'],
    ['sub', 'x'.repeat(256), 'be a text of'],
    // It was taken for the text of it.
    ['sub', 5, 'be a text of'],
    ['sub', null, 'be a text of'],
    ['sub', ['jdoe'], 'be a text of'],
    ['sub', { name: 'jdoe' }, 'be a text of'],
    ['exp', undefined, 'be a number'],
    ['exp', '4102444800', 'be a number'],
    ['nbf', 'tomorrow', 'be a number'],
    ['iat', 'now', 'be a number'],
    ['iat', null, 'be a number'],
  ])('with the claim %s of %j cannot be used, and says so', async (claim, value, rule) => {
    const claims = { groups: ['ops'], [claim]: value } as JWTPayload;
    expect(await tokens.judge(await signed(claims))).toEqual({
      unfit: claim,
      rule: expect.stringContaining(rule) as string,
    });
  });

  it.each([['https://id.example'], [['https://id.example']], [5], [null]])(
    'is wrong with the issuer %j',
    async (iss) => {
      const claims = { groups: ['ops'], iss } as unknown as JWTPayload;
      expect(await tokens.judge(await signed(claims))).toBe('wrong');
    },
  );

  it.each<[unknown, unknown]>([
    [[AUDIENCE, 'account'], undefined],
    [[AUDIENCE, 'account'], AUDIENCE],
    [['account', AUDIENCE], 'the-client-that-asked'],
    [AUDIENCE, 'the-client-that-asked'],
  ])('with the audience %j, asked for by %s, is for this service', async (aud, azp) => {
    const claims = { groups: ['ops'], aud, azp } as JWTPayload;
    expect(await tokens.judge(await signed(claims))).toMatchObject({ actor: { name: 'jdoe' } });
  });

  it('that is for others only is not for this service, whoever asked for it', async () => {
    const claims = { groups: ['ops'], aud: ['account', 'another'], azp: AUDIENCE };
    expect(await tokens.judge(await signed(claims))).toMatchObject({ unfit: 'aud' });
  });

  it('expires, though clocks may differ a little', async () => {
    const judge = async (exp: number) => tokens.judge(await issuer.token({ groups: ['ops'], exp }));
    expect(await judge(nowSeconds() - 10 * SECOND)).toMatchObject({ actor: { role: 'admin' } });
    expect(await judge(nowSeconds() - MINUTE)).toBe('expired');
  });
});

it('a token that is not valid yet is none that somebody guessed', async () => {
  const judge = async (nbf: number) => tokens.judge(await issuer.token({ groups: ['ops'], nbf }));
  expect(await judge(nowSeconds() + 10 * MINUTE)).toBe('too early');
  expect(await judge(nowSeconds() + 10 * SECOND)).toMatchObject({ actor: { role: 'admin' } });
});

describe('a token that names no key', () => {
  const ADMIN = { actor: { role: 'admin' } };

  beforeEach(() => {
    issuer.named = false;
  });

  it('is tried with every key that fits', async () => {
    issuer.shown = 3;
    await issuer.rotate();
    await issuer.rotate();
    for (const age of [0, 1, 2])
      expect(await tokens.judge(await issuer.token({ groups: ['ops'] }, age))).toMatchObject(ADMIN);
    expect(await tokens.judge(await issuer.token({ groups: ['ops'], exp: 1 }, 1))).toBe('expired');
  });

  it.each([1, 2])('may be signed with a key that came after the %d at hand', async (shown) => {
    issuer.shown = shown;
    await issuer.rotate();
    await tokens.judge(await issuer.token());
    const before = issuer.requests.length;
    await issuer.rotate();
    const token = await issuer.token({ groups: ['ops'] });
    expect(await tokens.judge(token)).toBe('unknown key');
    expect(issuer.requests).toHaveLength(before);
    elapsedMs += 30_000;
    expect(await tokens.judge(token)).toMatchObject(ADMIN);
    // One that fits nothing has the keys asked for no more than one that names an unknown key.
    for (let times = 0; times < 3; times += 1)
      expect(await tokens.judge(await issuer.token({}, shown))).toBe('unknown key');
    expect(issuer.requests).toHaveLength(before + 2);
  });
});

describe('a forged token', () => {
  const claims = () => ({
    iss: issuer.url,
    aud: AUDIENCE,
    sub: 'jdoe',
    exp: nowSeconds() + MINUTE,
    groups: ['ops'],
  });

  it('is wrong without a signature', async () => {
    expect(await tokens.judge(new UnsecuredJWT(claims()).encode())).toBe('wrong');
  });

  it('is wrong when the public key was taken for a secret', async () => {
    const secret = new TextEncoder().encode(JSON.stringify(issuer.publicJwk));
    const forged = new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', kid: 'key-1' }).sign(secret);
    expect(await tokens.judge(await forged)).toBe('wrong');
  });

  it('is wrong when its payload was changed', async () => {
    const [header, , signature] = (await issuer.token({ groups: ['staff'] })).split('.');
    const payload = Buffer.from(JSON.stringify(claims())).toString('base64url');
    expect(await tokens.judge([header, payload, signature].join('.'))).toBe('wrong');
  });

  it('is wrong when it brings its own key, and nobody is asked for it', async () => {
    const other = await Issuer.start();
    try {
      const forged = await other.token(claims());
      expect(await tokens.judge(forged)).toBe('wrong');
      expect(other.requests).toEqual([]);
    } finally {
      await other.close();
    }
  });

  it.each(['', 'x', 'a.b.c', 'a.b', '..', 'eyJhbGciOiJSUzI1NiJ9.e30.AA'])(
    'is wrong as %j, and the issuer is not asked',
    async (text) => {
      expect(await tokens.judge(text)).toBe('wrong');
      expect(issuer.requests).toEqual([]);
    },
  );
});

describe('the keys of the issuer', () => {
  const discoveries = () => issuer.requests.filter((path) => path.endsWith('openid-configuration')).length;

  it('are fetched once for all that wait for them, and kept for ten minutes', async () => {
    const token = await issuer.token();
    await Promise.all(Array.from({ length: 20 }, () => tokens.judge(token)));
    expect(issuer.requests).toHaveLength(2);
    elapsedMs += 10 * MINUTE * 1_000 - 1;
    await tokens.judge(token);
    expect(discoveries()).toBe(1);
    elapsedMs += 1;
    await tokens.judge(token);
    expect(discoveries()).toBe(2);
  });

  it('are fetched again for one that is not known, but not for every one', async () => {
    await tokens.judge(await issuer.token());
    await issuer.rotate();
    const token = await issuer.token({ groups: ['ops'] });
    expect(await tokens.judge(token)).toBe('unknown key');
    expect(discoveries()).toBe(1);
    elapsedMs += 30_000;
    expect(await tokens.judge(token)).toMatchObject({ actor: { role: 'admin' } });
    expect(discoveries()).toBe(2);
    expect(await tokens.judge(await issuer.token({}, 1))).toBe('unknown key');
    expect(discoveries()).toBe(2);
  });

  it('cannot be had while it is away, which is found out every five seconds, and can when it is back', async () => {
    const token = await issuer.token({ groups: ['ops'] });
    await issuer.close();
    await expect(tokens.judge(token)).rejects.toThrow(
      new IssuerUnavailable(`The OpenID Connect issuer ${issuer.url} cannot be used`),
    );
    await issuer.listen();
    elapsedMs += 4_999;
    await expect(tokens.judge(token)).rejects.toThrow(IssuerUnavailable);
    expect(issuer.requests).toEqual([]);
    elapsedMs += 1;
    expect(await tokens.judge(token)).toMatchObject({ actor: { role: 'admin' } });
  });

  it.each<[string, () => unknown]>([
    ['answers with a fault', () => (issuer.status = 500)],
    ['redirects', () => (issuer.status = 302)],
    ['calls itself something else', () => (issuer.claimedUrl = `${issuer.url}/`)],
  ])('cannot be had from one that %s', async (_, act) => {
    act();
    await expect(tokens.judge(await issuer.token())).rejects.toThrow(IssuerUnavailable);
  });
});

describe('the claim of the role', () => {
  const role = (path: string, claims: JWTPayload) => roleOf(claims, { OIDC_ROLE_CLAIM: path, ...VALUES });

  it('may be deep inside, or have dots in its name', () => {
    expect(role('realm_access.roles', { realm_access: { roles: ['ops'] } })).toBe('admin');
    expect(role('https://example.com/roles', { 'https://example.com/roles': ['staff'] })).toBe('viewer');
    expect(role('a.b', { a: 'ops' })).toBeNull();
    expect(role('a.b', { a: null })).toBeNull();
  });

  it('is never one of JavaScript itself', () => {
    expect(role('constructor.name', {})).toBeNull();
    expect(role('__proto__', {})).toBeNull();
  });
});
