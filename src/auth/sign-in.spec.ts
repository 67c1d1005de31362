import { afterEach, expect, it, describe } from 'vitest';
import {
  CLIENT_ID,
  CLIENT_SECRET,
  OpenIdProvider,
  type ProviderOptions,
} from '../../test/support/openid-provider.ts';
import { readSettings } from '../config/read-settings.ts';
import { authSettings } from './auth.settings.ts';
import { canSignIn, type SignInSettings } from './sign-in-settings.ts';
import { IssuerClient } from './issuer-client.ts';
import { IssuerKeys } from './issuer-keys.ts';
import { OidcTokens } from './oidc-tokens.ts';
import { PageSessions } from './page-sessions.ts';
import { CALLBACK_PATH, SignIn } from './sign-in.ts';

const PUBLIC_URL = 'https://webhooks.example.com';
const SECRETS_KEY = [Buffer.alloc(32, 'one')];

let provider: OpenIdProvider;
let now = Date.now();

afterEach(() => provider.close());

type Settings = SignInSettings & { readonly SECRETS_KEY: readonly Buffer[] };

function settingsWith(more: Record<string, string> = {}): Settings {
  const settings = readSettings([authSettings], {
    OIDC_ISSUER: provider.url,
    OIDC_AUDIENCE: CLIENT_ID,
    OIDC_ADMIN_VALUES: 'ops',
    OIDC_VIEWER_VALUES: 'staff',
    OIDC_CLIENT_ID: CLIENT_ID,
    PUBLIC_URL,
    ...more,
  });
  if (!canSignIn(settings)) throw new Error('these settings let nobody sign in');
  return { ...settings, SECRETS_KEY };
}

/** One instance of the service. */
function instance(more: Record<string, string> = {}, secretsKey = SECRETS_KEY) {
  const settings = { ...settingsWith(more), SECRETS_KEY: secretsKey };
  const sessions = new PageSessions(settings, settings.PUBLIC_URL, () => new Date(now));
  const tokens = new OidcTokens(settings, new IssuerKeys(settings.OIDC_ISSUER), () => new Date(now));
  const client = new IssuerClient(settings, PUBLIC_URL + CALLBACK_PATH);
  return { sessions, signIn: new SignIn(settings, client, tokens, sessions, () => new Date(now)) };
}

async function start(options: Partial<ProviderOptions> = {}): Promise<void> {
  now = Date.now();
  provider = await OpenIdProvider.start({ redirectUri: PUBLIC_URL + CALLBACK_PATH, ...options });
}

const valueOf = (setCookie: string | undefined): string => setCookie?.split(';', 1)[0] ?? '';

/** A browser at the provider, until it is sent back to the service. @returns the query it brings along. */
async function visitAs(name: string, location: string): Promise<URLSearchParams> {
  const jar = new Map<string, string>();
  let url = new URL(location);
  for (;;) {
    const cookie = [...jar.values()].join('; ');
    const answer = await fetch(url, { redirect: 'manual', headers: { cookie } });
    for (const one of answer.headers.getSetCookie()) jar.set(one.split('=', 1)[0] ?? '', valueOf(one));
    const next = answer.headers.get('location');
    url = new URL(next ?? `${url.pathname}?as=${name}`, url);
    if (url.origin === PUBLIC_URL) return url.searchParams;
  }
}

async function signInAs(name: string, at = instance(), returnTo = '/webhooks?search=a') {
  const { location, cookies } = await at.signIn.begin(returnTo);
  const query = await visitAs(name, location);
  return at.signIn.finish(query, valueOf(cookies[0]));
}

function sessionIn(cookies: readonly string[], at = instance(), headers = {}) {
  return at.sessions.of({ cookie: valueOf(cookies.at(-1)), 'x-csrf': '1', ...headers });
}

describe('signing in at the issuer', () => {
  it.each([
    ['ada', 'admin'],
    ['vic', 'viewer'],
  ])('gives %s the role %s, and leads back to where they were', async (name, role) => {
    await start();
    const { location, cookies } = await signInAs(name);
    expect(location).toBe(`${PUBLIC_URL}/webhooks?search=a`);
    expect(cookies).toHaveLength(2);
    expect(cookies[0]).toMatch(/^__Host-user-webhooks-sign-in=; Max-Age=0;/);
    expect(cookies[1]).toMatch(
      /^__Host-user-webhooks-session=[\w.-]+; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    const session = await sessionIn(cookies);
    expect(session?.actor).toEqual({ kind: 'oidc', name, role });
  });

  it.each([
    ['a secret in a header', { secret: CLIENT_SECRET }],
    ['a secret in the body', { secret: CLIENT_SECRET, authentication: 'client_secret_post' as const }],
    ['tokens signed by ES256', { algorithm: 'ES256' }],
  ])('works with %s', async (_what, options) => {
    await start(options);
    const at = instance('secret' in options ? { OIDC_CLIENT_SECRET: options.secret } : {});
    expect((await signInAs('ada', at)).location).not.toContain('#');
  });

  it('takes the role from the access token where that is for this service', async () => {
    await start({ audience: 'urn:user-webhooks' });
    const at = instance({ OIDC_AUDIENCE: 'urn:user-webhooks' });
    expect((await sessionIn((await signInAs('vic', at)).cookies, at))?.actor.role).toBe('viewer');
  });

  it('takes it from the ID token, which is for the client, where access tokens are for another', async () => {
    await start();
    const at = instance({ OIDC_AUDIENCE: 'urn:another' });
    expect((await sessionIn((await signInAs('vic', at)).cookies, at))?.actor.role).toBe('viewer');
  });

  it('may end at another instance than the one where it began, also while keys are rotated', async () => {
    await start();
    const { location, cookies } = await instance().signIn.begin('/');
    const query = await visitAs('ada', location);
    const rotated = instance({}, [Buffer.alloc(32, 'two'), ...SECRETS_KEY]);
    const ended = await rotated.signIn.finish(query, valueOf(cookies[0]));
    expect((await sessionIn(ended.cookies, rotated))?.actor.name).toBe('ada');
  });

  it('does not lead to another site, whatever the link says', async () => {
    await start();
    for (const returnTo of [
      '//evil.example/a',
      'https://evil.example',
      '/\\evil.example',
      `/${'a'.repeat(2_000)}`,
    ])
      expect((await signInAs('ada', instance(), returnTo)).location).toBe(`${PUBLIC_URL}/`);
  });
});

describe('nobody is signed in', () => {
  it.each([
    ['refuse', 'refused'],
    ['nora', 'without_role'],
  ])('who is %s: the page is told %s', async (name, fault) => {
    await start();
    const { location, cookies } = await signInAs(name);
    expect(location).toBe(`${PUBLIC_URL}/webhooks?search=a#sign-in=${fault}`);
    expect(cookies).toEqual([expect.stringContaining('Max-Age=0')]);
  });

  it('by what another browser began, or with another state; the issuer is not asked then', async () => {
    await start();
    const { signIn } = instance();
    const { location, cookies } = await signIn.begin('/audit');
    const query = await visitAs('ada', location);
    const cookie = valueOf(cookies[0]);
    const other = valueOf((await signIn.begin('/')).cookies[0]);
    const tampered = new URLSearchParams({ ...Object.fromEntries(query), state: 'another' });
    expect(await signIn.finish(query, undefined)).toEqual({
      location: `${PUBLIC_URL}/#sign-in=not_begun_here`,
      cookies: [],
    });
    expect((await signIn.finish(query, other)).location).toContain('not_begun_here');
    expect((await signIn.finish(tampered, cookie)).location).toBe(
      `${PUBLIC_URL}/audit#sign-in=not_begun_here`,
    );
    expect(provider.requests).not.toContain('/token');
    expect((await signIn.finish(query, cookie)).location).toBe(`${PUBLIC_URL}/audit`);
  });

  it('by what was begun too long ago', async () => {
    await start();
    const { signIn } = instance();
    const { location, cookies } = await signIn.begin('/');
    const query = await visitAs('ada', location);
    now += 600_001;
    expect((await signIn.finish(query, valueOf(cookies[0]))).location).toContain('not_begun_here');
  });

  it('by a code that was used already', async () => {
    await start();
    const { signIn } = instance();
    const { location, cookies } = await signIn.begin('/');
    const query = await visitAs('ada', location);
    await signIn.finish(query, valueOf(cookies[0]));
    expect((await signIn.finish(query, valueOf(cookies[0]))).location).toContain('issuer_fault');
  });

  it('where the issuer does not know the secret', async () => {
    await start({ secret: CLIENT_SECRET });
    const { location } = await signInAs('ada', instance({ OIDC_CLIENT_SECRET: 'wrong' }));
    expect(location).toContain('issuer_fault');
  });

  it('while the issuer is away, before or after the person was there', async () => {
    await start();
    const at = instance();
    const { location, cookies } = await at.signIn.begin('/');
    const query = await visitAs('ada', location);
    provider.broken = true;
    expect((await at.signIn.finish(query, valueOf(cookies[0]))).location).toContain('issuer_away');
    await provider.close();
    expect(await instance().signIn.begin('/audit')).toEqual({
      location: `${PUBLIC_URL}/audit#sign-in=issuer_away`,
      cookies: [],
    });
  });
});

describe('a session', () => {
  it('ends with its token, or after the lifetime of the settings', async () => {
    await start({ lifetime: () => 60 });
    const { cookies } = await signInAs('ada');
    const long = instance({ OIDC_SESSION_LIFETIME: '8h' });
    const longer = (await signInAs('ada', long)).cookies;
    expect(await sessionIn(cookies)).not.toBeNull();
    now += 61_000;
    expect(await sessionIn(cookies)).toBeNull();
    now += 7 * 3_600_000;
    expect(await sessionIn(longer, long)).not.toBeNull();
    now += 3_600_000;
    expect(await sessionIn(longer, long)).toBeNull();
  });

  it('counts only with the header that no other site can send', async () => {
    await start();
    const { cookies } = await signInAs('ada');
    const { sessions } = instance();
    for (const csrf of [undefined, '', '0']) {
      const headers = { cookie: valueOf(cookies[1]), 'x-csrf': csrf };
      expect([sessions.isBrought(headers), await sessions.of(headers)]).toEqual([false, null]);
    }
  });

  it("is nobody's that was tampered with, is of another purpose, or of other settings", async () => {
    await start();
    const at = instance();
    const { cookies } = await signInAs('ada', at);
    const [name = '', value = ''] = valueOf(cookies[1]).split('=');
    const begun = valueOf((await at.signIn.begin('/')).cookies[0]).split('=')[1] ?? '';
    const middle = Math.floor(value.length / 2);
    const changed = `${value.slice(0, middle)}${value[middle] === 'A' ? 'B' : 'A'}${value.slice(middle + 1)}`;
    for (const other of [changed, begun, 'x', ''])
      expect(await sessionIn([`${name}=${other}`], at)).toBeNull();
    expect(await sessionIn(cookies, instance({ OIDC_ADMIN_VALUES: 'root' }))).toBeNull();
    expect(await sessionIn(cookies, instance({}, [Buffer.alloc(32, 'two')]))).toBeNull();
    expect(await sessionIn(cookies, at)).not.toBeNull();
  });
});
