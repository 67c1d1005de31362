/**
 * Signs the requests of one webhook by Standard Webhooks 1.0. There is a `v1` signature (HMAC-SHA256) with the current
 * secret, and one with each replaced secret that has not expired. If the webhook has an Ed25519 key, there is a `v1a`
 * signature as well. Keys are decoded once per webhook.
 */
import { createPrivateKey, hash, sign, type KeyObject } from 'node:crypto';
import { privateJwk, secretBytes } from '../model/signing-keys.ts';
import type { Webhook } from '../model/webhook.ts';

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

export type SigningKeys = Pick<Webhook, 'signingSecrets' | 'ed25519Key'>;

export class Signer {
  readonly #current: HmacSha256;
  readonly #replaced: readonly { readonly hmac: HmacSha256; readonly expiresAt: number }[];
  readonly #ed25519: KeyObject | null;

  constructor({ signingSecrets: [current, ...replaced], ed25519Key }: SigningKeys) {
    this.#current = new HmacSha256(secretBytes(current.secret));
    this.#replaced = replaced.map(({ secret, expiresAt }) => ({
      hmac: new HmacSha256(secretBytes(secret)),
      expiresAt: expiresAt ?? 0,
    }));
    this.#ed25519 =
      ed25519Key === null ? null : createPrivateKey({ key: { ...privateJwk(ed25519Key) }, format: 'jwk' });
  }

  /**
   * @param id must have no dot, because a dot separates the parts of the signed text.
   * @param now milliseconds since the epoch, to know which secrets have expired.
   * @returns the value of `webhook-signature`.
   */
  sign(id: string, timestamp: string, body: Buffer, now: number): string {
    const head = `${id}.${timestamp}.`;
    let signatures = `v1,${this.#current.digest(head, body)}`;
    for (const { hmac, expiresAt } of this.#replaced) {
      if (expiresAt > now) signatures += ` v1,${hmac.digest(head, body)}`;
    }
    if (this.#ed25519) signatures += ` ${v1a(this.#ed25519, head, body)}`;
    return signatures;
  }
}

function v1a(key: KeyObject, head: string, body: Buffer): string {
  return `v1a,${sign(null, Buffer.concat([Buffer.from(head), body]), key).toString('base64')}`;
}

/**
 * HMAC-SHA256 (RFC 2104 section 2) for a key that is used many times. It uses the one-shot `hash` of `node:crypto`.
 *
 * `createHmac` makes an OpenSSL object and a stream for every signature, and the garbage collector must free each of them.
 * Without them a delivery costs 4 % less (docs/decisions/0012). A test asserts that the bytes are the same.
 */
export class HmacSha256 {
  readonly #inner: Buffer;
  /** The outer block, with room for the inner digest after it. */
  readonly #outer: Buffer;

  constructor(key: Buffer) {
    const block = Buffer.alloc(BLOCK_BYTES);
    (key.length > BLOCK_BYTES ? hash('sha256', key, 'buffer') : key).copy(block);
    this.#inner = block.map((byte) => byte ^ INNER_PAD) as Buffer;
    this.#outer = Buffer.concat([block.map((byte) => byte ^ OUTER_PAD), Buffer.alloc(DIGEST_BYTES)]);
  }

  /** @returns the HMAC of head and body together, in Base64. */
  digest(head: string, body: Buffer): string {
    const inner = hash('sha256', Buffer.concat([this.#inner, Buffer.from(head), body]), 'binary');
    this.#outer.write(inner, BLOCK_BYTES, 'binary');
    return hash('sha256', this.#outer, 'base64');
  }
}
