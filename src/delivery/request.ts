/**
 * Builds the HTTP request of a delivery. The common part of a webhook's requests is prepared once per webhook. Pure.
 *
 * docs/receivers.md documents the headers. The custom headers of a webhook never replace one of them: REST refuses these
 * names.
 */
import type { EventToDeliver } from '../model/event.ts';
import type { Webhook } from '../model/webhook.ts';
import { normalUrl } from '../model/webhook-url.ts';
import type { PreparedRequest } from './exchange.ts';
import { Signer } from './signer.ts';
import { TransportFailure } from './transport-failure.ts';

/** The characters of header names (RFC 9110 section 5.6.2), and those of values that every receiver reads alike. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_VALUE = /^[\t -~]*$/;

interface Target {
  readonly origin: string;
  readonly path: string;
  readonly headers: readonly string[];
  readonly signer: Signer;
}

export class RequestBuilder {
  /** A changed webhook is a new object, so an entry is never out of date. */
  readonly #targets = new WeakMap<Webhook, Target | TransportFailure>();

  constructor(
    private readonly userAgent: string,
    private readonly defaultTimeoutMs: number,
  ) {}

  /**
   * @param now the time of the attempt, in milliseconds since the epoch, for `webhook-timestamp`.
   * @returns a failure if the webhook's URL or headers are invalid. REST refuses such values, but they may be in the database.
   */
  build(webhook: Webhook, event: EventToDeliver, now: number): PreparedRequest | TransportFailure {
    const target = this.#target(webhook);
    if (target instanceof TransportFailure) return target;
    const id = event.messageId;
    const timestamp = String(Math.floor(now / 1000));
    const headers = [
      ...target.headers,
      'X-Defguard-Event',
      event.type,
      'webhook-id',
      id,
      'webhook-timestamp',
      timestamp,
      'webhook-signature',
      target.signer.sign(id, timestamp, event.body, now),
    ];
    if (event.trace) {
      headers.push('traceparent', event.trace.traceparent);
      if (event.trace.tracestate !== undefined) headers.push('tracestate', event.trace.tracestate);
    }
    return {
      origin: target.origin,
      path: target.path,
      method: webhook.method,
      headers,
      body: event.body,
      timeoutMs: webhook.timeoutMs ?? this.defaultTimeoutMs,
      caCertificates: webhook.caCertificates,
    };
  }

  #target(webhook: Webhook): Target | TransportFailure {
    let target = this.#targets.get(webhook);
    if (target === undefined) {
      target = this.#prepare(webhook);
      this.#targets.set(webhook, target);
    }
    return target;
  }

  #prepare(webhook: Webhook): Target | TransportFailure {
    const url = URL.parse(normalUrl(webhook.url));
    if (!url) return new TransportFailure('dns_error', 'the URL of the webhook cannot be read; correct it');
    const headers = ['Content-Type', 'application/json', 'User-Agent', this.userAgent];
    if (webhook.secretToken !== null) headers.push('Authorization', `Bearer ${webhook.secretToken}`);
    for (const [name, value] of Object.entries(webhook.headers)) headers.push(name, value);
    const sendable = headers.every((text, at) => (at % 2 === 0 ? HEADER_NAME : HEADER_VALUE).test(text));
    if (!sendable) {
      return new TransportFailure(
        'connection_refused',
        'nothing was sent: the secret token or a header of the webhook has characters that no header may have; correct it',
      );
    }
    return { origin: url.origin, path: url.pathname + url.search, headers, signer: new Signer(webhook) };
  }
}
