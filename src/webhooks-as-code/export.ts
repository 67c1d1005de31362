/**
 * Makes the file of the webhooks that the service has now. It holds no secret. For each secret it has the name of a
 * variable. Pure.
 */
import { VERSION } from './read-file.ts';
import type { StoredWebhook } from './rest-client.ts';
import { COMPARED } from './row.ts';
import { variableName, type Reference } from './secret.ts';

export interface ExportedFile {
  readonly text: string;
  readonly count: number;
  /** The variables that it names. */
  readonly variables: readonly string[];
}

export function exported(webhooks: readonly StoredWebhook[]): ExportedFile {
  const variables: string[] = [];
  const refer = (webhook: StoredWebhook, secret: string): Reference => {
    const env = unique(variableName(webhook, secret), variables);
    variables.push(env);
    return { env };
  };
  const rows = webhooks.map((webhook) => ({
    id: webhook.id,
    url: webhook.url,
    ...Object.fromEntries(Object.keys(COMPARED).map((member) => [member, webhook[member]])),
    secret_token: webhook.has_secret_token ? refer(webhook, 'secret_token') : null,
    headers: Object.fromEntries(
      Object.keys(webhook.headers).map((name) => [name, refer(webhook, `header ${name}`)]),
    ),
  }));
  const text = `${JSON.stringify({ version: VERSION, webhooks: rows }, null, 2)}\n`;
  return { text, count: rows.length, variables };
}

/** Names of headers may differ only in characters that a variable cannot have. */
function unique(name: string, taken: readonly string[]): string {
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? name : `${name}_${number}`;
    if (!taken.includes(candidate)) return candidate;
  }
}
