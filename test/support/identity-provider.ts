/**
 * As much of an identity provider as OAUTHBEARER needs: a token endpoint over TLS for the client credentials grant, and
 * the keys of its tokens, which the broker reads over plain HTTP.
 */
import { generateKeyPairSync, sign } from 'node:crypto';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Issued } from './certificates.ts';

export const OAUTH_CLIENT = { id: 'service:1', secret: 'hush hush/oauth+secret' };
export const AUDIENCE = 'kafka';

export interface TokenRequest {
  readonly body: URLSearchParams;
  readonly authorization: string;
}

export class IdentityProvider {
  readonly requests: TokenRequest[] = [];
  /** Seconds; of the tokens to come. */
  lifetime = 3_600;
  /** In place of a token. */
  answer: ((response: ServerResponse) => void) | null = null;
  readonly #keys = generateKeyPairSync('rsa', { modulusLength: 2_048 });

  private constructor(
    private readonly tokens: Server,
    private readonly keys: Server,
  ) {}

  static async start(certificate: Issued): Promise<IdentityProvider> {
    const tokens = createHttpsServer(certificate);
    const keys = createHttpServer();
    const provider = new IdentityProvider(tokens, keys);
    tokens.on('request', (request, response) => void provider.#giveToken(request, response));
    keys.on('request', (_request, response) => {
      const key = {
        ...provider.#keys.publicKey.export({ format: 'jwk' }),
        kid: 'test',
        alg: 'RS256',
        use: 'sig',
      };
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [key] }));
    });
    await Promise.all([tokens, keys].map((server) => listen(server)));
    return provider;
  }

  get tokenUrl(): string {
    return `https://127.0.0.1:${portOf(this.tokens)}/token`;
  }

  get keysUrl(): string {
    return `http://127.0.0.1:${portOf(this.keys)}/keys`;
  }

  async close(): Promise<void> {
    await Promise.all(
      [this.tokens, this.keys].map((server) => {
        server.closeAllConnections();
        return new Promise((resolve) => server.close(resolve));
      }),
    );
  }

  async #giveToken(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = {
      body: new URLSearchParams(await text(request)),
      authorization: request.headers.authorization ?? '',
    };
    this.requests.push(asked);
    response.setHeader('content-type', 'application/json');
    if (this.answer) {
      this.answer(response);
    } else if (asked.authorization !== basicOf(OAUTH_CLIENT)) {
      response.writeHead(401).end('{"error":"invalid_client","error_description":"no such client"}');
    } else if (asked.body.get('grant_type') !== 'client_credentials') {
      response.writeHead(400).end('{"error":"unsupported_grant_type"}');
    } else {
      const token = this.#token(asked.body.get('scope') ?? '');
      response.end(JSON.stringify({ access_token: token, token_type: 'Bearer', expires_in: this.lifetime }));
    }
  }

  /** A JWT; an audience of another than the broker goes by the scope `elsewhere`. */
  #token(scope: string): string {
    const now = Math.floor(Date.now() / 1_000);
    const claims = {
      sub: 'oauth-service',
      scope,
      aud: scope === 'elsewhere' ? 'elsewhere' : AUDIENCE,
      iat: now,
      exp: now + this.lifetime,
    };
    const parts = [{ alg: 'RS256', kid: 'test', typ: 'JWT' }, claims].map((part) =>
      Buffer.from(JSON.stringify(part)).toString('base64url'),
    );
    const signature = sign('sha256', Buffer.from(parts.join('.')), this.#keys.privateKey);
    return [...parts, signature.toString('base64url')].join('.');
  }
}

/** RFC 6749, section 2.3.1, written out for this very pair. */
function basicOf({ id, secret }: typeof OAUTH_CLIENT): string {
  const encoded = [id, secret].map((part) => encodeURIComponent(part).replaceAll('%20', '+'));
  return `Basic ${Buffer.from(encoded.join(':')).toString('base64')}`;
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
