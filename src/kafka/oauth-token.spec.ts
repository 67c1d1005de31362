/** How a token endpoint is asked; what the broker makes of its tokens is in `test/e2e/secured-kafka.e2e-spec.ts`. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
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

it('a client id that is a UUID stays as it is: not every endpoint decodes what need not be encoded', async () => {
  answer = (response) => response.end(JSON.stringify({ access_token: TOKEN }));
  expect(await tokens().current()).toBe(TOKEN);
  const [, basic = ''] = requests[0]?.headers.authorization?.split(' ') ?? [];
  expect(Buffer.from(basic, 'base64').toString()).toBe(
    '0198c0de-1234-7abc-8def-0123456789ab:hush+hush%2Fs-e_c.r*t',
  );
});

it('an answer that drips for ever holds nobody up', async () => {
  answer = (response) => response.writeHead(200).write('{');
  const { sentence, message } = await refusal(50);
  expect(sentence).toBe('the token endpoint cannot be used: start it, or correct KAFKA_SASL_OAUTH_TOKEN_URL');
  expect(message).toContain(`(${url}: no complete answer within 50 ms)`);
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
