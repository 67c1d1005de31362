/**
 * The request that an event makes at a webhook, for people to see: built by the same code as the one that is sent, and
 * with all that is secret masked. A signature is masked too, or whoever may only read could have any body signed.
 */
import type { PreparedRequest } from '../delivery/exchange.ts';
import type { Method, Webhook } from '../model/webhook.ts';
import { MASK, maskedUrl, normalUrl } from '../model/webhook-url.ts';

export interface RequestPreview {
  readonly method: Method;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

const SIGNATURE = /^(v1a?),\S+$/;

export function previewOf(webhook: Webhook, { headers, body }: PreparedRequest): RequestPreview {
  const own = new Set(Object.keys(webhook.headers));
  const shown: [string, string][] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const [name = '', value = ''] = [headers[at], headers[at + 1]];
    shown.push([name, own.has(name) ? MASK : shownValue(name, value)]);
  }
  return {
    method: webhook.method,
    url: maskedUrl(normalUrl(webhook.url)),
    headers: Object.fromEntries(shown),
    body: body?.toString() ?? '',
  };
}

function shownValue(name: string, value: string): string {
  if (name === 'Authorization') return `Bearer ${MASK}`;
  if (name !== 'webhook-signature') return value;
  return value
    .split(' ')
    .map((signature) => signature.replace(SIGNATURE, `$1,${MASK}`))
    .join(' ');
}
