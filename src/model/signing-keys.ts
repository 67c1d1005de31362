/**
 * The text forms of signing keys (Standard Webhooks 1.0). `whsec_` and base64: a secret that sender and receiver share.
 * `whsk_` and `whpk_`: the private and the public half of an Ed25519 pair. Pure: it makes no keys and signs nothing.
 */

/** A secret of one webhook. */
export interface SigningSecret {
  /** `whsec_…`, of 24 to 64 bytes. */
  readonly secret: string;
  /** Milliseconds since the epoch, for a replaced secret. Null for the current one. */
  readonly expiresAt: number | null;
}

/** The current secret first, then the replaced ones that have not expired. */
export type SigningSecrets = readonly [SigningSecret, ...SigningSecret[]];

const SECRET = 'whsec_';
const PRIVATE_KEY = 'whsk_';
const PUBLIC_KEY = 'whpk_';
const SEED_BYTES = 32;

export function secretText(bytes: Buffer): string {
  return SECRET + bytes.toString('base64');
}

export function secretBytes(secret: string): Buffer {
  return Buffer.from(secret.slice(SECRET.length), 'base64');
}

/** An Ed25519 public key as JSON Web Key (RFC 8037). */
export interface PublicJwk {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
}

/** Both halves as JSON Web Key. */
export interface PrivateJwk extends PublicJwk {
  readonly d: string;
}

/** @returns `whsk_…`: the seed and the public key. */
export function privateKeyText({ d, x }: Pick<PrivateJwk, 'd' | 'x'>): string {
  return PRIVATE_KEY + Buffer.concat([fromBase64url(d), fromBase64url(x)]).toString('base64');
}

export function privateJwk(key: string): PrivateJwk {
  const bytes = Buffer.from(key.slice(PRIVATE_KEY.length), 'base64');
  return {
    kty: 'OKP',
    crv: 'Ed25519',
    d: bytes.subarray(0, SEED_BYTES).toString('base64url'),
    x: bytes.subarray(SEED_BYTES).toString('base64url'),
  };
}

/** @returns `whpk_…`. */
export function publicKeyText({ x }: PublicJwk): string {
  return PUBLIC_KEY + fromBase64url(x).toString('base64');
}

function fromBase64url(text: string): Buffer {
  return Buffer.from(text, 'base64url');
}
