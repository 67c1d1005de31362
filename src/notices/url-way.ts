/**
 * Sends notices to a URL of the operator, as CloudEvents in structured mode. The URL comes from the settings, so it may
 * be in a private network. Redirects are not followed, because the token would go with them. An axios error holds the
 * request and so the token; it is never logged as it is.
 */
import { Agent } from 'node:https';
import axios from 'axios';
import { VERSION } from '../config/version.ts';
import { maskedUrl } from '../model/webhook-url.ts';
import { structured } from './cloud-event.ts';
import type { Notice } from './notice.ts';
import type { Way } from './notice-channel.ts';

const DEADLINE_MS = 5_000;
const MAX_ANSWER_BYTES = 64 * 1024;
const DELAYS_MS = [1_000, 5_000, 15_000];

const http = axios.create({
  maxRedirects: 0,
  maxContentLength: MAX_ANSWER_BYTES,
  proxy: false,
  responseType: 'text',
  // NODE_TLS_REJECT_UNAUTHORIZED does not turn this off.
  httpsAgent: new Agent({ rejectUnauthorized: true }),
});

export class UrlWay implements Way {
  readonly to = 'url';
  readonly tries = DELAYS_MS.length + 1;
  readonly place: string;

  /** @param token sent as a bearer token; null: none. */
  constructor(
    private readonly url: string,
    private readonly token: string | null,
    readonly delaysMs: readonly number[] = DELAYS_MS,
    private readonly deadlineMs = DEADLINE_MS,
  ) {
    this.place = maskedUrl(url);
  }

  async send(notice: Notice): Promise<void> {
    await http.post(this.url, JSON.stringify(structured(notice)), {
      // From connecting to the last byte; axios' own timeout begins anew with each part of the answer.
      signal: AbortSignal.timeout(this.deadlineMs),
      headers: {
        'Content-Type': 'application/cloudevents+json; charset=utf-8',
        'User-Agent': `user-webhooks/${VERSION}`,
        ...(this.token === null ? {} : { Authorization: `Bearer ${this.token}` }),
      },
    });
  }

  explain(error: unknown): ReturnType<Way['explain']> {
    return { why: this.#reason(error), hopeless: false };
  }

  #reason(error: unknown): string {
    if (axios.isCancel(error)) return `no complete answer within ${this.deadlineMs} ms`;
    if (!axios.isAxiosError(error)) return error instanceof Error ? error.message : String(error);
    if (error.response) return `it answered ${error.response.status}`;
    return error.code ?? error.message;
  }
}
