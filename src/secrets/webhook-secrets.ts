/**
 * Seals and opens the secrets of a webhook: the secret token, the values of custom headers, and the signing secrets.
 *
 * REST shows none of them again. It opens signing secrets to rotate them; apart from that only the pipeline opens secrets.
 * A header's value is shown as a mask. A caller keeps the stored value by sending the mask back, or, for the secret token,
 * by leaving it out.
 */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { secretText, type SigningSecret, type SigningSecrets } from '../model/signing-keys.ts';
import type { Webhook } from '../model/webhook.ts';
import { isSealed, type Place, type SecretBox } from './secret-box.ts';

/** Shown in place of a stored value. */
export const MASK = '***';

const SECRET_BYTES = 32;
const OVERLAP_MS = 24 * 60 * 60 * 1_000;
/** How many replaced secrets are kept beside the current one. Each costs one signature per request. */
const MAX_REPLACED = 4;

type Headers = Readonly<Record<string, string>>;

/** The sealed columns of a row, and its id. */
export interface SealedColumns {
  readonly id: string;
  readonly secretToken: string | null;
  readonly headers: Headers;
  /** Null in a row that a person or an older version wrote. The row gets a signing secret before anything is sent. */
  readonly signingSecrets: string | null;
}

export const place = {
  secretToken: (id: string): Place => ({ table: 'webhooks', id, column: 'secret_token' }),
  signingSecrets: (id: string): Place => ({ table: 'webhooks', id, column: 'signing_secrets' }),
  /** Header names are case-insensitive. */
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

/** The secrets after a rotation: first a new one, then the replaced ones, which are used until they expire. */
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

/** @throws SealBroken; ZodError if the opened text was not written by this service. */
export function openSigningSecrets(box: SecretBox, { id, signingSecrets }: SealedColumns): SigningSecrets {
  const text = box.open(signingSecrets ?? '', place.signingSecrets(id));
  const [current, ...replaced] = storedSecrets.parse(JSON.parse(text)).map(({ secret, expires_at }) => ({
    secret,
    expiresAt: expires_at === null ? null : Date.parse(expires_at),
  }));
  if (!current) throw new Error('The stored list of signing secrets is empty');
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

/** Whether the row has a plain secret, or no signing secret yet. */
export function isPlain({ secretToken, headers, signingSecrets }: SealedColumns): boolean {
  if (signingSecrets === null || (secretToken !== null && !isSealed(secretToken))) return true;
  return !Object.values(headers).every(isSealed);
}

/** The headers as REST shows them. */
export function maskedHeaders(headers: Headers): Record<string, string> {
  return mapValues(headers, () => MASK);
}

/** A custom header was sent as the mask, but no value is stored for it. */
export class MaskWithoutValue extends Error {
  override readonly name = 'MaskWithoutValue';

  constructor(readonly header: string) {
    super(`The header ${header} has no stored value`);
  }
}

/**
 * @param stored the row's headers, sealed. A header that was sent as the mask keeps its value from here.
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

function mapValues(
  headers: Headers,
  change: (value: string, name: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, change(value, name)]));
}
