/**
 * The keys of the OpenID Connect issuer, found by its discovery document. They are kept for ten minutes; a key that is not
 * among them is looked for once more, but not again and again: strangers may name any key. While the issuer cannot be
 * used it is asked every five seconds at most, and whoever needs a key gets `IssuerUnavailable`.
 */
import { Logger } from '@nestjs/common';
import type { AxiosInstance } from 'axios';
import { createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { z } from 'zod';
import { isHttpsOrLoopback } from '../config/secure-url.ts';

const KEPT_MS = 600_000;
const COOL_DOWN_MS = 30_000;
const PAUSE_AFTER_FAILURE_MS = 5_000;

export class IssuerUnavailable extends Error {
  override readonly name = 'IssuerUnavailable';
}

const discoverySchema = z.object({
  issuer: z.string(),
  jwks_uri: z.url().refine(isHttpsOrLoopback, 'must begin with https://'),
});

type FindKey = ReturnType<typeof createLocalJWKSet>;

export class IssuerKeys {
  readonly #logger = new Logger(IssuerKeys.name);
  #find: FindKey | null = null;
  #loadedAt = 0;
  #failure: { error: IssuerUnavailable; at: number } | null = null;
  #loading: Promise<FindKey> | null = null;

  constructor(
    private readonly issuer: string,
    private readonly http: Pick<AxiosInstance, 'get'>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Those at hand. @throws IssuerUnavailable */
  async current(): Promise<FindKey> {
    return this.#find === null || this.#age() >= KEPT_MS ? this.#load() : this.#find;
  }

  /** Those that are shown now, for a key that is not at hand; null when it was too short ago. @throws IssuerUnavailable */
  async renewed(): Promise<FindKey | null> {
    return this.#age() < COOL_DOWN_MS ? null : this.#load();
  }

  #age(): number {
    return this.now() - this.#loadedAt;
  }

  /** Once for all who wait for it. */
  #load(): Promise<FindKey> {
    this.#loading ??= this.#fetch().finally(() => (this.#loading = null));
    return this.#loading;
  }

  async #fetch(): Promise<FindKey> {
    if (this.#failure && this.now() - this.#failure.at < PAUSE_AFTER_FAILURE_MS) throw this.#failure.error;
    try {
      const discovery = await this.http.get<unknown>(discoveryUrl(this.issuer));
      const { issuer, jwks_uri } = discoverySchema.parse(discovery.data);
      if (issuer !== this.issuer)
        throw new Error(`it calls itself ${issuer}: set OIDC_ISSUER to exactly this`);
      const jwks = await this.http.get<JSONWebKeySet>(jwks_uri);
      this.#find = createLocalJWKSet(jwks.data);
      this.#loadedAt = this.now();
      this.#failure = null;
      return this.#find;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#logger.warn(`The OpenID Connect issuer ${this.issuer} cannot be used: ${reason}`);
      const unavailable = new IssuerUnavailable(`The OpenID Connect issuer ${this.issuer} cannot be used`);
      this.#failure = { error: unavailable, at: this.now() };
      throw unavailable;
    }
  }
}

export function discoveryUrl(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
}
