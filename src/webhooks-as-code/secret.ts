/**
 * The secrets in the file. Each is a reference to a variable of the environment, `{"env": "WEBHOOK_…"}`. Other variables
 * cannot be named. So a file from somebody else cannot send a password of this machine to a receiver. Pure.
 */
import { z } from 'zod';

const NAME = /^WEBHOOK_[A-Z0-9_]+$/;

export const reference = z.strictObject(
  { env: z.string().regex(NAME, 'must be WEBHOOK_ and then A to Z, 0 to 9 or _') },
  'must be {"env": "WEBHOOK_…"}, which names a variable of the environment: a secret does not belong in the file',
);

export interface Reference {
  readonly env: string;
}

/** A text is the value itself. It is in the file, so it is not secret. */
export type Secret = Reference | string;

export type Environment = Readonly<Record<string, string | undefined>>;

/** @returns the value, or what is wrong. The value is in no message. */
export function readSecret(
  secret: Secret,
  environment: Environment,
): { readonly value: string } | { readonly fault: string } {
  if (typeof secret === 'string') return { value: secret };
  const value = environment[secret.env];
  if (value === undefined) return { fault: `needs the variable ${secret.env}, which is not set` };
  if (value === '') return { fault: `needs the variable ${secret.env}, which is empty` };
  return { value };
}

/** Where a value comes from, for people. */
export function sourceOf(secret: Secret): string {
  return typeof secret === 'string' ? 'from the file' : `from ${secret.env}`;
}

/**
 * The variable's name for a secret of an export. The host makes it readable, and the end of the webhook's id makes it
 * unique.
 */
export function variableName(webhook: { readonly id: string; readonly url: string }, secret: string): string {
  const host = URL.parse(webhook.url)?.hostname ?? '';
  return `WEBHOOK_${[host, webhook.id.slice(-8), secret].map(inCapitals).join('_')}`;
}

function inCapitals(text: string): string {
  return text
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, '_')
    .replaceAll(/^_|_$/g, '');
}
