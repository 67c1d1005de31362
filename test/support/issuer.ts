/**
 * A real OpenID Connect issuer on loopback, as far as one that checks tokens sees of it: discovery document, key set and
 * tokens. Keys can be rotated, and it can be away.
 */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload, type JWK } from 'jose';

export const AUDIENCE = 'user-webhooks-client';

export class Issuer {
  /** Paths in the order they were asked for. */
  readonly requests: string[] = [];
  /** What it calls itself in the discovery document. */
  claimedUrl: string | null = null;
  /** Where it says that its keys are. */
  keysUrl: string | null = null;
  status = 200;
  /** In place of every answer. */
  answer: ((response: ServerResponse) => void) | null = null;
  /** Whether keys and tokens have a `kid`; OpenID Connect does not ask for it where there is one key. */
  named = true;
  /** How many keys are shown, the newest first. */
  shown = 1;
  #keys: { kid: string; key: CryptoKey; jwk: JWK }[] = [];
  #port = 0;
  #server: Server | null = null;

  static async start(): Promise<Issuer> {
    const issuer = new Issuer();
    await issuer.rotate();
    await issuer.listen();
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/realms/test`;
  }

  /** Once more on the same port after `close`. */
  async listen(): Promise<void> {
    const server = createServer((request, response) => {
      this.requests.push(request.url ?? '');
      if (this.answer) {
        this.answer(response);
        return;
      }
      const answer = this.#answerTo(request.url ?? '');
      response.writeHead(answer === null ? 404 : this.status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify(answer));
    });
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  /** A new key signs from now on, and no other is shown any more. */
  async rotate(algorithm = 'RS256'): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair(algorithm);
    const kid = `key-${this.#keys.length + 1}`;
    const jwk = { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' };
    this.#keys = [...this.#keys, { kid, key: privateKey, jwk }];
  }

  /** A token as a user of the client gets it; `undefined` takes a claim away. */
  async token(claims: JWTPayload = {}, keyAge = 0): Promise<string> {
    const signer = this.#keys.at(-1 - keyAge);
    if (!signer) throw new Error('the issuer has no such key');
    const now = Math.floor(Date.now() / 1_000);
    const payload = { iss: this.url, aud: AUDIENCE, sub: 'jdoe', iat: now, exp: now + 300, ...claims };
    return new SignJWT(payload)
      .setProtectedHeader({ alg: signer.jwk.alg ?? '', ...(this.named ? { kid: signer.kid } : {}) })
      .sign(signer.key);
  }

  /** The public key, as a forger has it. */
  get publicJwk(): JWK {
    return this.#keys.at(-1)?.jwk ?? { kty: 'RSA' };
  }

  #shownJwk({ jwk: { kid, ...jwk } }: { jwk: JWK }): JWK {
    return this.named && kid !== undefined ? { ...jwk, kid } : jwk;
  }

  #answerTo(path: string): unknown {
    switch (path) {
      case '/realms/test/.well-known/openid-configuration':
        return { issuer: this.claimedUrl ?? this.url, jwks_uri: this.keysUrl ?? `${this.url}/certs` };
      case '/realms/test/certs':
        return { keys: this.#keys.slice(-this.shown).map((key) => this.#shownJwk(key)) };
      default:
        return null;
    }
  }
}
