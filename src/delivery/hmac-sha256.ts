/**
 * HMAC-SHA256 (RFC 2104 section 2) with a key that is used again and again, over the one-shot hash of `node:crypto`.
 *
 * `createHmac` makes an object of OpenSSL's and a stream for every signature, which the garbage collector has to end
 * one by one; without them a delivery costs 4 % less (docs/decisions/0012). The bytes are the same, which a test asserts.
 * What is signed is `Signer`'s affair.
 */
import { hash } from 'node:crypto';

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

export class HmacSha256 {
  readonly #inner: Buffer;
  /** With room for the inner digest behind it. */
  readonly #outer: Buffer;

  constructor(key: Buffer) {
    const block = Buffer.alloc(BLOCK_BYTES);
    (key.length > BLOCK_BYTES ? hash('sha256', key, 'buffer') : key).copy(block);
    this.#inner = block.map((byte) => byte ^ INNER_PAD) as Buffer;
    this.#outer = Buffer.concat([block.map((byte) => byte ^ OUTER_PAD), Buffer.alloc(DIGEST_BYTES)]);
  }

  /** @returns that of both parts as one text, in Base64. */
  digest(head: string, body: Buffer): string {
    const inner = hash('sha256', Buffer.concat([this.#inner, Buffer.from(head), body]), 'binary');
    this.#outer.write(inner, BLOCK_BYTES, 'binary');
    return hash('sha256', this.#outer, 'base64');
  }
}
