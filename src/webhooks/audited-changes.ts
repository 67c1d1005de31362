/**
 * What the audit trail says of a change to a webhook: each member before and after. Of the secret token, of custom
 * headers and of the values in a URL's query it says that they changed, and never what they are.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Changes } from '../audit/audit.dto.ts';
import { maskedUrl } from '../model/webhook-url.ts';
import { toDocument } from './webhook.dto.ts';
import type { WebhookEntity } from './webhook.entity.ts';

/** @param before null for a webhook that is made. @param after null for one that is deleted. */
export function auditedChanges(before: WebhookEntity | null, after: WebhookEntity | null): Changes {
  const was = membersOf(before);
  const is = membersOf(after);
  const changes: Changes = {};
  for (const name of new Set([...Object.keys(was), ...Object.keys(is)])) {
    const [old = null, now = null] = [was[name], is[name]];
    if (isDeepStrictEqual(old, now)) continue;
    changes[name] =
      name === 'url' ? { before: masked(old), after: masked(now) } : { before: old, after: now };
  }
  const secrets = { before: secretsOf(before), after: secretsOf(after) };
  for (const name of new Set([...secrets.before.keys(), ...secrets.after.keys()])) {
    const [old, now] = [secrets.before.get(name), secrets.after.get(name)];
    if (old === now) continue;
    changes[name] = old === undefined ? 'added' : now === undefined ? 'removed' : 'changed';
  }
  return changes;
}

function membersOf(row: WebhookEntity | null): Record<string, unknown> {
  if (row === null) return {};
  const { headers, ...members } = toDocument(row);
  return { ...members, disabled_reason: row.disabledReason };
}

function masked(url: unknown): string | null {
  return typeof url === 'string' ? maskedUrl(url) : null;
}

function secretsOf(row: WebhookEntity | null): Map<string, string> {
  if (row === null) return new Map();
  const headers = Object.entries(row.headers).map(
    ([name, value]) => [`headers.${name.toLowerCase()}`, value] as const,
  );
  return new Map([
    ...(row.secretToken === null ? [] : [['secret_token', row.secretToken] as const]),
    ...headers,
  ]);
}
