/**
 * Checks a JWT against the keys of the OpenID Connect issuer. jose keeps the keys for ten minutes. If no key fits a
 * token, it asks for the keys again, at most every 30 seconds, because strangers may name any key.
 *
 * This file adds what jose leaves open. It finds the keys by the discovery document. It takes tokens that name no key. It
 * asks an issuer that does not work at most every five seconds; whoever needs its keys gets `IssuerUnavailable`.
 */
import { Agent } from 'node:https';
import { Logger } from '@nestjs/common';
import axios from 'axios';
import {
  createRemoteJWKSet,
  customFetch,
  decodeProtectedHeader,
  errors,
  jwtVerify,
  type JWTPayload,
  type JWTVerifyOptions,
  type RemoteJWKSet,
} from 'jose';
import { z } from 'zod';
import { isHttpsOrLoopback } from '../config/secure-url.ts';

const { JWKSMultipleMatchingKeys, JWKSNoMatchingKey, JWSSignatureVerificationFailed } = errors;

const KEPT_MS = 600_000;
const COOL_DOWN_MS = 30_000;
const PAUSE_AFTER_FAILURE_MS = 5_000;
/** For the discovery document and the keys together. */
const DEADLINE_MS = 5_000;
const MAX_ANSWER_BYTES = 64 * 1024;

const http = axios.create({
  maxRedirects: 0,
  maxContentLength: MAX_ANSWER_BYTES,
  proxy: false,
  // NODE_TLS_REJECT_UNAUTHORIZED does not turn this off.
  httpsAgent: new Agent({ rejectUnauthorized: true }),
});

const discoverySchema = z.object({
  issuer: z.string(),
  jwks_uri: z.url().refine(isHttpsOrLoopback, 'must begin with https://'),
});
const keySetSchema = z.object({ keys: z.array(z.record(z.string(), z.unknown())) });

export class IssuerUnavailable extends Error {
  override readonly name = 'IssuerUnavailable';
}

export class IssuerKeys {
  readonly #logger = new Logger(IssuerKeys.name);
  readonly #keys: RemoteJWKSet;
  #failure: { readonly error: IssuerUnavailable; readonly at: number } | null = null;

  /** @param now a clock that is never set back, in milliseconds. jose itself goes by the wall clock. */
  constructor(
    private readonly issuer: string,
    private readonly now: () => number = () => performance.now(),
    private readonly deadlineMs = DEADLINE_MS,
  ) {
    this.#keys = createRemoteJWKSet(new URL(discoveryUrl(issuer)), {
      cacheMaxAge: KEPT_MS,
      cooldownDuration: COOL_DOWN_MS,
      timeoutDuration: deadlineMs,
      [customFetch]: (_url, { signal }) => this.#ask(signal),
    });
  }

  /**
   * @throws what jose throws; `JWKSNoMatchingKey` also where the token names no key and none that the issuer shows has
   * signed it. IssuerUnavailable when keys are needed and cannot be had.
   */
  async verify(token: string, options: JWTVerifyOptions): Promise<JWTPayload> {
    try {
      return await this.#verifyWithKept(token, options);
    } catch (error) {
      const named = (): boolean => decodeProtectedHeader(token).kid !== undefined;
      if (!(error instanceof JWSSignatureVerificationFailed) || named()) throw error;
      // Without a name, a key that is not shown yet cannot be told from a forged signature.
      if (this.#keys.coolingDown) throw new JWKSNoMatchingKey();
      await this.#keys.reload();
      return this.verify(token, options);
    }
  }

  /** Where the token names no key, or several bear the name, each that fits is tried. */
  async #verifyWithKept(token: string, options: JWTVerifyOptions): Promise<JWTPayload> {
    try {
      return (await jwtVerify(token, this.#keys, options)).payload;
    } catch (error) {
      if (!(error instanceof JWKSMultipleMatchingKeys)) throw error;
      for await (const key of error) {
        try {
          return (await jwtVerify(token, key, options)).payload;
        } catch (failure) {
          if (!(failure instanceof JWSSignatureVerificationFailed)) throw failure;
        }
      }
      throw new JWSSignatureVerificationFailed();
    }
  }

  /** @returns the key set, as jose wants it. */
  async #ask(signal: AbortSignal): Promise<Response> {
    if (this.#failure && this.now() - this.#failure.at < PAUSE_AFTER_FAILURE_MS) throw this.#failure.error;
    try {
      const discovery = discoverySchema.parse(
        (await http.get<unknown>(discoveryUrl(this.issuer), { signal })).data,
      );
      if (discovery.issuer !== this.issuer)
        throw new Error(`it calls itself ${discovery.issuer}: set OIDC_ISSUER to exactly this`);
      const keySet = keySetSchema.parse((await http.get<unknown>(discovery.jwks_uri, { signal })).data);
      this.#failure = null;
      return Response.json(keySet);
    } catch (error) {
      const reason = axios.isCancel(error)
        ? `no complete answer within ${this.deadlineMs} ms`
        : reasonOf(error);
      this.#logger.warn(`The OpenID Connect issuer ${this.issuer} cannot be used: ${reason}`);
      const unavailable = new IssuerUnavailable(`The OpenID Connect issuer ${this.issuer} cannot be used`);
      this.#failure = { error: unavailable, at: this.now() };
      throw unavailable;
    }
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof z.ZodError)
    return error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
  return error instanceof Error ? error.message : String(error);
}

export function discoveryUrl(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}
