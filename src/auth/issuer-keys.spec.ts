/** How the issuer is asked for its keys; what they are good for is in `oidc-tokens.spec.ts`. */
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Issuer } from '../../test/support/issuer.ts';
import { SELF_SIGNED } from '../../test/support/self-signed.ts';
import { IssuerKeys, IssuerUnavailable } from './issuer-keys.ts';

const DISCOVERY = '/realms/test/.well-known/openid-configuration';
const LONG_MS = 30_000;

let issuer: Issuer;

beforeEach(async () => {
  issuer = await Issuer.start();
});

afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await issuer.close();
});

async function verify(url: string, deadlineMs: number): Promise<unknown> {
  const keys = new IssuerKeys(url, () => performance.now(), deadlineMs);
  return keys.verify(await issuer.token(), { issuer: issuer.url });
}

/** @returns what is logged of an issuer that cannot be used. */
async function refusal({ url = issuer.url, deadlineMs = LONG_MS } = {}): Promise<string> {
  const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
  await expect(verify(url, deadlineMs)).rejects.toThrow(IssuerUnavailable);
  return String(warn.mock.lastCall?.[0]);
}

/** A byte now and then, without an end. */
function drip(response: ServerResponse): void {
  response.writeHead(200);
  const timer = setInterval(() => response.write(' '), 5);
  response.on('close', () => {
    clearInterval(timer);
  });
}

it('neither a discovery document that drips for ever nor keys that do hold anybody up', async () => {
  issuer.answer = drip;
  expect(await refusal({ deadlineMs: 200 })).toContain('no complete answer within 200 ms');
  issuer.answer = (response) => {
    issuer.answer = drip;
    response.end(JSON.stringify({ issuer: issuer.url, jwks_uri: `${issuer.url}/certs` }));
  };
  expect(await refusal({ deadlineMs: 200 })).toContain('no complete answer within 200 ms');
});

it('an answer without an end is not read into memory', async () => {
  issuer.answer = (response) => response.end(JSON.stringify({ issuer: 'x'.repeat(64 * 1024) }));
  expect(await refusal()).toContain('65536');
});

it.each([
  ['keys that are fetched in the clear', 'http://id.example/certs', 'jwks_uri: must begin with https://'],
  ['keys nowhere', 'nowhere', 'jwks_uri: '],
])('a discovery document that names %s is refused', async (_what, keysUrl, reason) => {
  issuer.keysUrl = keysUrl;
  expect(await refusal()).toContain(reason);
  expect(issuer.requests).toEqual([DISCOVERY]);
});

it.each(['no JSON', '[]', '{"keys":{}}', '{"keys":["key"]}'])(
  'keys that are %s are refused',
  async (body) => {
    issuer.answer = (response) => {
      issuer.answer = (next) => next.end(body);
      response.end(JSON.stringify({ issuer: issuer.url, jwks_uri: `${issuer.url}/certs` }));
    };
    expect(await refusal()).toContain('cannot be used');
    expect(issuer.requests).toHaveLength(2);
  },
);

it('a redirect is not followed, so nobody else is asked', async () => {
  const other = await Issuer.start();
  try {
    issuer.answer = (response) => response.writeHead(302, { Location: other.url + DISCOVERY }).end();
    expect(await refusal()).toContain('302');
    expect(other.requests).toEqual([]);
  } finally {
    await other.close();
  }
});

it('a proxy of the environment is not asked', async () => {
  const proxy = await Issuer.start();
  try {
    for (const name of ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY']) vi.stubEnv(name, proxy.url);
    for (const name of ['NO_PROXY', 'no_proxy']) vi.stubEnv(name, '');
    expect(await verify(issuer.url, LONG_MS)).toMatchObject({ sub: 'jdoe' });
    expect(proxy.requests).toEqual([]);
  } finally {
    await proxy.close();
  }
});

it('a certificate that nobody signed is refused, whatever the environment says', async () => {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  let requests = 0;
  const server = createServer(SELF_SIGNED, () => (requests += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    expect(await refusal({ url: `https://127.0.0.1:${(server.address() as AddressInfo).port}` })).toContain(
      'self-signed',
    );
    expect(requests).toBe(0);
  } finally {
    server.close();
  }
});
