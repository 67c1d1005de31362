/**
 * Compares a webhook before and after a change, for the audit trail. Each member that differs is listed with both values.
 *
 * Secrets are never shown. Of the secret token and of custom headers it only says whether they were added, changed or
 * removed. Values in the query of a URL are masked.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Changes } from '../audit/audit.dto.ts';
import { maskedUrl } from '../model/webhook-url.ts';
import { toDocument } from './webhook.dto.ts';
import type { WebhookEntity } from './webhook.entity.ts';

/** @param before null if the webhook is new. @param after null if it is deleted. */
export function auditedChanges(before: WebhookEntity | null, after: WebhookEntity | null): Changes {
  const oldMembers = membersOf(before);
  const newMembers = membersOf(after);
  const changes: Changes = {};
  for (const name of new Set([...Object.keys(oldMembers), ...Object.keys(newMembers)])) {
    const [old = null, now = null] = [oldMembers[name], newMembers[name]];
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
  return { ...members, disabled_reason: row.disabledReason, disabled_code: row.disabledCode };
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
