import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { OauthTokens } from './oauth-token.ts';

let server: Server;

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function answering(answer: (response: ServerResponse) => void): Promise<OauthTokens> {
  server = createServer((_request, response) => {
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return new OauthTokens({
    KAFKA_SASL_OAUTH_TOKEN_URL: `http://127.0.0.1:${port}/token`,
    KAFKA_SASL_OAUTH_CLIENT_ID: 'id',
    KAFKA_SASL_OAUTH_CLIENT_SECRET: 'secret',
    KAFKA_SASL_OAUTH_SCOPE: undefined,
    KAFKA_SSL_CA: undefined,
  });
}

it.each([
  ['says nothing', () => undefined],
  [
    'trickles its answer, and never ends',
    (response: ServerResponse) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      const trickle = setInterval(() => response.write(' '), 100);
      response.on('close', () => {
        clearInterval(trickle);
      });
    },
  ],
])('a token endpoint that %s costs seconds', async (_what, answer) => {
  const tokens = await answering(answer);
  const from = performance.now();
  await expect(tokens.current()).rejects.toThrow(/cannot be used: .* \(http:\S+: ETIMEDOUT\)$/);
  expect(performance.now() - from).toBeLessThan(15_000);
});
