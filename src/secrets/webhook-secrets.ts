/**
 * What of a webhook is secret, and how it goes into its row and out again: secret token, values of custom headers, signing
 * secrets. REST only ever seals; opening is for the pipeline. A header's value is read as a mask, and the mask written
 * back means the stored value, as a secret token that is left out does.
 */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { secretText, type SigningSecret, type SigningSecrets } from '../model/signing-keys.ts';
import type { Webhook } from '../model/webhook.ts';
import { isSealed, type Place, type SecretBox } from './secret-box.ts';

/** What a stored value is read as. */
export const MASK = '***';

const SECRET_BYTES = 32;
const OVERLAP_MS = 24 * 60 * 60 * 1_000;
/** The current one, and so many of those before it at most: each costs a signature per request. */
const MAX_REPLACED = 4;

type Headers = Readonly<Record<string, string>>;

/** The columns of a row that are sealed. */
export interface SealedColumns {
  readonly id: string;
  readonly secretToken: string | null;
  readonly headers: Headers;
  /** Null in a row that was written by hand or by an older version: it gets one before anything is sent. */
  readonly signingSecrets: string | null;
}

export const place = {
  secretToken: (id: string): Place => ({ table: 'webhooks', id, column: 'secret_token' }),
  signingSecrets: (id: string): Place => ({ table: 'webhooks', id, column: 'signing_secrets' }),
  /** Header names know no case. */
  header: (id: string, name: string): Place => ({
    table: 'webhooks',
    id,
    column: `headers ${name.toLowerCase()}`,
  }),
};

const storedSecret = z.strictObject({
  secret: z.string().regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/),
  expires_at: z.iso.datetime().nullable(),
});
const storedSecrets = z.tuple([storedSecret], storedSecret);

export function newSigningSecret(): SigningSecret {
  return { secret: secretText(randomBytes(SECRET_BYTES)), expiresAt: null };
}

/** The secrets after a rotation: a new one, and those that sign along until they expire. */
export function rotated([current, ...replaced]: SigningSecrets, now: number): SigningSecrets {
  const valid = replaced.filter(({ expiresAt }) => expiresAt !== null && expiresAt > now);
  const before = [{ ...current, expiresAt: now + OVERLAP_MS }, ...valid].slice(0, MAX_REPLACED);
  return [newSigningSecret(), ...before];
}

export function sealSigningSecrets(box: SecretBox, id: string, secrets: SigningSecrets): string {
  const stored = secrets.map(({ secret, expiresAt }) => ({
    secret,
    expires_at: expiresAt === null ? null : new Date(expiresAt).toISOString(),
  }));
  return box.seal(JSON.stringify(stored), place.signingSecrets(id));
}

/** @throws SealBroken; ZodError for what no version of the service has written. */
export function openSigningSecrets(box: SecretBox, { id, signingSecrets }: SealedColumns): SigningSecrets {
  const text = box.open(signingSecrets ?? '', place.signingSecrets(id));
  const [current, ...replaced] = storedSecrets.parse(JSON.parse(text)).map(({ secret, expires_at }) => ({
    secret,
    expiresAt: expires_at === null ? null : Date.parse(expires_at),
  }));
  if (!current) throw new Error('A tuple has its first element');
  return [current, ...replaced];
}

/** @throws SealBroken */
export function openSecrets(
  box: SecretBox,
  row: SealedColumns,
): Pick<Webhook, 'secretToken' | 'headers' | 'signingSecrets'> {
  const { id, secretToken } = row;
  return {
    secretToken: secretToken === null ? null : box.open(secretToken, place.secretToken(id)),
    headers: mapValues(row.headers, (value, name) => box.open(value, place.header(id, name))),
    signingSecrets: openSigningSecrets(box, row),
  };
}

/** Whether something in the row is still to be sealed. */
export function isPlain({ secretToken, headers, signingSecrets }: SealedColumns): boolean {
  if (signingSecrets === null || (secretToken !== null && !isSealed(secretToken))) return true;
  return !Object.values(headers).every(isSealed);
}

/** @returns the values as they are shown. */
export function maskedHeaders(headers: Headers): Record<string, string> {
  return mapValues(headers, () => MASK);
}

/** A custom header was sent as its mask, and there is no stored value that the mask could stand for. */
export class MaskWithoutValue extends Error {
  override readonly name = 'MaskWithoutValue';

  constructor(readonly header: string) {
    super(`The header ${header} has no stored value`);
  }
}

/**
 * @param stored of the row as it is, where a value that is still the mask comes from.
 * @throws MaskWithoutValue
 */
export function sealHeaders(
  box: SecretBox,
  id: string,
  given: Headers,
  stored: Headers,
): Record<string, string> {
  const known = new Map(Object.entries(stored).map(([name, value]) => [name.toLowerCase(), value]));
  return mapValues(given, (value, name) => {
    if (value !== MASK) return box.seal(value, place.header(id, name));
    const kept = known.get(name.toLowerCase());
    if (kept !== undefined) return kept;
    throw new MaskWithoutValue(name);
  });
}

function mapValues(of: Headers, change: (value: string, name: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [name, change(value, name)]));
}
