/** How a token endpoint is asked; what the broker makes of its tokens is in `test/e2e/secured-kafka.e2e-spec.ts`. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SELF_SIGNED } from '../../test/support/self-signed.ts';
import { OauthTokens, TokenError } from './oauth-token.ts';

const SECRET = 'hush hush/s-e_c.r*t';
const TOKEN = 'the-token-of-the-provider';

let server: Server;
let url: string;
let requests: IncomingMessage[];
let answer: (response: ServerResponse) => void;

beforeEach(async () => {
  requests = [];
  server = createServer((request, response) => {
    requests.push(request);
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
});

afterEach(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});

function tokens(deadlineMs?: number): OauthTokens {
  const settings = {
    KAFKA_SASL_OAUTH_TOKEN_URL: url,
    KAFKA_SASL_OAUTH_CLIENT_ID: '0198c0de-1234-7abc-8def-0123456789ab',
    KAFKA_SASL_OAUTH_CLIENT_SECRET: SECRET,
  };
  return new OauthTokens(settings, deadlineMs);
}

async function refusal(deadlineMs?: number): Promise<TokenError> {
  const error = await tokens(deadlineMs)
    .current()
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(TokenError);
  expect(JSON.stringify(error) + String(error)).not.toMatch(/hush|the-token/);
  return error as TokenError;
}

/** A byte now and then, without an end. */
function drip(response: ServerResponse): void {
  response.writeHead(200);
  const timer = setInterval(() => response.write(' '), 5);
  response.on('close', () => {
    clearInterval(timer);
  });
}

it('a client id that is a UUID stays as it is: not every endpoint decodes what need not be encoded', async () => {
  answer = (response) => response.end(JSON.stringify({ access_token: TOKEN }));
  expect(await tokens().current()).toBe(TOKEN);
  const [, basic = ''] = requests[0]?.headers.authorization?.split(' ') ?? [];
  expect(Buffer.from(basic, 'base64').toString()).toBe(
    '0198c0de-1234-7abc-8def-0123456789ab:hush+hush%2Fs-e_c.r*t',
  );
});

it('an answer that drips for ever holds nobody up', async () => {
  answer = drip;
  const { sentence, message } = await refusal(200);
  expect(sentence).toBe('the token endpoint cannot be used: start it, or correct KAFKA_SASL_OAUTH_TOKEN_URL');
  expect(message).toContain(`(${url}: no complete answer within 200 ms)`);
});

it('a refusal is told in the words of the endpoint, also when it names its scheme as RFC 6749 asks', async () => {
  answer = (response) => {
    response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="tokens"' });
    response.end('{"error":"invalid_client","error_description":"no such client"}');
  };
  expect((await refusal()).message).toContain(`(${url}: invalid_client: no such client)`);
});

it.each([
  ['without an access token', { token_type: 'Bearer' }],
  ['with an access token that is none', { access_token: { value: TOKEN } }],
])('an answer %s is refused', async (_what, body) => {
  answer = (response) => response.end(JSON.stringify(body));
  expect((await refusal()).sentence).toContain('gave no access_token');
});

it('neither a redirect is followed nor a huge answer read', async () => {
  answer = (response) => response.writeHead(302, { Location: `${url}?again` }).end();
  expect((await refusal()).sentence).toContain('answered 302');
  answer = (response) => response.end(JSON.stringify({ access_token: TOKEN.repeat(4_000) }));
  expect((await refusal()).message).toContain('ERR_BAD_RESPONSE');
  expect(requests).toHaveLength(2);
});

it('a proxy of the environment is not asked', async () => {
  for (const name of ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY']) vi.stubEnv(name, 'http://127.0.0.1:9');
  for (const name of ['NO_PROXY', 'no_proxy']) vi.stubEnv(name, '');
  answer = (response) => response.end(JSON.stringify({ access_token: TOKEN }));
  expect(await tokens().current()).toBe(TOKEN);
});

it('a certificate that nobody signed gets no secret, whatever the environment says', async () => {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  const asked = vi.fn((_request: IncomingMessage, response: ServerResponse) => response.end());
  const endpoint = createHttpsServer(SELF_SIGNED, asked);
  await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve));
  try {
    url = `https://127.0.0.1:${(endpoint.address() as AddressInfo).port}/token`;
    expect((await refusal()).sentence).toContain('name its authority in KAFKA_SSL_CA');
    expect(asked).not.toHaveBeenCalled();
  } finally {
    endpoint.close();
  }
});
