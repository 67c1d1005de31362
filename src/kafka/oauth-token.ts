/**
 * Gets access tokens for SASL OAUTHBEARER from the operator's token endpoint, by the client credentials grant (RFC 6749
 * section 4.4). All connections share a token, until shortly before it ends. Error messages have neither the secret nor the
 * token, and text of others is kept apart. Why this uses no library: docs/decisions/0012.
 */
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { getCACertificates } from 'node:tls';
import axios, { type AxiosResponse } from 'axios';
import { z } from 'zod';
import { tlsTrouble } from '../config/tls-trouble.ts';
import type { KafkaSettings } from './kafka.settings.ts';

const DEADLINE_MS = 5_000;
const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_DETAIL = 400;
/** Longer than `REAUTHENTICATE_BEFORE_MS`: when kafkajs authenticates again, it must get a new token. */
const RENEW_BEFORE_MS = 30_000;
/** For tokens that end too soon for that, this share of their life is used. A token may also not say when it ends. */
const SHORT_LIFE_SHARE = 0.5;
const UNKNOWN_LIFE_MS = 60_000;

const tokenAnswer = z.object({
  access_token: z.string().min(1),
  expires_in: z.coerce.number().positive().optional(),
});
const refusal = z.object({ error: z.string(), error_description: z.string().optional() });

export type OauthSettings = Pick<
  KafkaSettings,
  | 'KAFKA_SASL_OAUTH_TOKEN_URL'
  | 'KAFKA_SASL_OAUTH_CLIENT_ID'
  | 'KAFKA_SASL_OAUTH_CLIENT_SECRET'
  | 'KAFKA_SASL_OAUTH_SCOPE'
  | 'KAFKA_SSL_CA'
>;

/**
 * There is no usable token. kafkajs must not try again on the same connection: the broker has accepted its handshake
 * already, and would refuse a second one.
 */
export class TokenError extends Error {
  override readonly name = 'TokenError';
  readonly retriable = false;

  readonly sentence: string;

  /**
   * @param sentence what is wrong and what to do, without text of others: anybody can read it at `/health/ready`.
   * @param detail only for the log and for a refused start: addresses, and text of others.
   */
  constructor(sentence: string, detail: string) {
    super(`${sentence} (${detail})`);
    this.sentence = sentence;
  }
}

export class OauthTokens {
  readonly #url: string;
  readonly #request: { headers: Record<string, string>; body: string };
  readonly #agent: Agent;
  readonly #deadlineMs: number;
  #token: { value: string; renewAt: number } | null = null;
  #asking: Promise<string> | null = null;

  constructor(settings: OauthSettings, deadlineMs = DEADLINE_MS) {
    this.#deadlineMs = deadlineMs;
    const {
      KAFKA_SASL_OAUTH_TOKEN_URL: url = '',
      KAFKA_SASL_OAUTH_SCOPE: scope,
      KAFKA_SSL_CA: ca,
    } = settings;
    this.#url = url;
    this.#request = {
      headers: {
        Authorization: basic(settings),
        'Content-Type': 'application/x-www-form-urlencoded',
        Accept: 'application/json',
      },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        ...(scope === undefined ? {} : { scope }),
      }).toString(),
    };
    const ours = ca === undefined ? [] : [readFileSync(ca, 'utf8')];
    this.#agent = new Agent({ ca: [...getCACertificates('default'), ...ours], rejectUnauthorized: true });
  }

  /** @throws TokenError */
  async current(): Promise<string> {
    if (this.#token && performance.now() < this.#token.renewAt) return this.#token.value;
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  /** The broker refused this token. The next call of `current` asks for a new one. */
  forget(token: string): void {
    if (this.#token?.value === token) this.#token = null;
  }

  async #ask(): Promise<string> {
    const askedAt = performance.now();
    const parsed = tokenAnswer.safeParse(this.#accepted(await this.#post()));
    if (!parsed.success) {
      throw new TokenError(
        'the token endpoint gave no access_token: correct KAFKA_SASL_OAUTH_TOKEN_URL',
        this.#url,
      );
    }
    const { access_token: value, expires_in: seconds } = parsed.data;
    this.#token = { value, renewAt: askedAt + usableMs(seconds) };
    return value;
  }

  async #post(): Promise<AxiosResponse<unknown>> {
    try {
      return await axios.post<unknown>(this.#url, this.#request.body, {
        headers: this.#request.headers,
        httpsAgent: this.#agent,
        // The timeout of axios does not end an answer that comes slowly.
        signal: AbortSignal.timeout(this.#deadlineMs),
        maxContentLength: MAX_ANSWER_BYTES,
        maxRedirects: 0,
        proxy: false,
        validateStatus: null,
      });
    } catch (error) {
      // The error holds the request with its secret, so it is not passed on.
      const code = axios.isAxiosError(error) && error.code !== undefined ? error.code : String(error);
      const wayOut = tlsTrouble(code, ENDPOINT) ?? 'start it, or correct KAFKA_SASL_OAUTH_TOKEN_URL';
      const reason = axios.isCancel(error) ? `no complete answer within ${this.#deadlineMs} ms` : code;
      throw new TokenError(`the token endpoint cannot be used: ${wayOut}`, `${this.#url}: ${reason}`);
    }
  }

  /** @returns the body of a successful answer. @throws TokenError for any other status. */
  #accepted({ status, data }: AxiosResponse<unknown>): unknown {
    if (status >= 200 && status < 300) return data;
    const said = refusal.safeParse(data);
    const why = said.success ? [said.data.error, said.data.error_description] : [];
    const isPassing = status >= 500 || status === 429;
    const wayOut = isPassing
      ? 'see what it lacks'
      : 'correct KAFKA_SASL_OAUTH_CLIENT_ID, KAFKA_SASL_OAUTH_CLIENT_SECRET and KAFKA_SASL_OAUTH_SCOPE';
    const detail = [this.#url, ...why].filter(Boolean).join(': ');
    throw new TokenError(`the token endpoint answered ${status}: ${wayOut}`, detail.slice(0, MAX_DETAIL));
  }
}

const ENDPOINT = {
  name: 'the token endpoint',
  ca: 'KAFKA_SSL_CA',
  host: 'KAFKA_SASL_OAUTH_TOKEN_URL',
  cert: null,
  off: 'http:// in it where it is on this machine',
};

function usableMs(seconds: number | undefined): number {
  const lifeMs = seconds === undefined ? UNKNOWN_LIFE_MS : seconds * 1_000;
  return Math.max(lifeMs - RENEW_BEFORE_MS, lifeMs * SHORT_LIFE_SHARE);
}

/** RFC 6749 section 2.3.1: id and secret are form-encoded first. */
function basic(settings: OauthSettings): string {
  const { KAFKA_SASL_OAUTH_CLIENT_ID: id = '', KAFKA_SASL_OAUTH_CLIENT_SECRET: secret = '' } = settings;
  const pair = [id, secret]
    .map((text) => new URLSearchParams({ text }).toString().slice('text='.length))
    .join(':');
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}
