/**
 * Encrypts secrets, so that somebody who can read the database cannot read them. The cipher is AES-256-GCM. The first key
 * of `SECRETS_KEY` encrypts, and every key of the list decrypts.
 *
 * An encrypted text is called sealed. It names its key, and it can be opened only at its own place: after somebody copies
 * it to another row or column, it does not open. Its form is `enc:v1:<key id>:<base64url of nonce, tag and ciphertext>`.
 */
import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hash,
  randomBytes,
  type KeyObject,
} from 'node:crypto';
import { StartError } from '../config/start-error.ts';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const PREFIX = 'enc:v1:';
/** The LIKE pattern of sealed texts, for SQL. */
export const SEALED_LIKE = `${PREFIX}%`;

/** Where a text is stored. */
export interface Place {
  readonly table: 'webhooks' | 'service_keys';
  readonly id: string;
  readonly column: string;
}

/** A stored text cannot be opened. The message names its place, and never shows the text. */
export class SealBroken extends StartError {
  override readonly name = 'SealBroken';

  constructor({ table, id, column }: Place, why: string) {
    super(`${column} of ${table} ${id} cannot be decrypted: ${why}`);
  }
}

export class SecretBox {
  readonly #keys: ReadonlyMap<string, KeyObject>;
  readonly #currentId: string;

  /** @param keys 32 bytes each. The first one encrypts. */
  constructor(keys: readonly Buffer[]) {
    this.#keys = new Map(keys.map((key) => [keyId(key), createSecretKey(key)]));
    const [currentId] = this.#keys.keys();
    if (currentId === undefined) throw new Error('A secret box needs a key');
    this.#currentId = currentId;
  }

  get keyIds(): readonly string[] {
    return [...this.#keys.keys()];
  }

  seal(text: string, place: Place): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.#key(this.#currentId), nonce, { authTagLength: TAG_BYTES });
    cipher.setAAD(authenticatedPlace(place));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    const packed = Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
    return `${PREFIX}${this.#currentId}:${packed}`;
  }

  /** @throws SealBroken */
  open(sealed: string, place: Place): string {
    if (!isSealed(sealed)) throw new SealBroken(place, 'it is not encrypted');
    const [id = '', packed = ''] = sealed.slice(PREFIX.length).split(':');
    if (!this.#keys.has(id)) throw new SealBroken(place, `SECRETS_KEY does not have its key ${id}`);
    const bytes = Buffer.from(packed, 'base64url');
    try {
      const nonce = bytes.subarray(0, NONCE_BYTES);
      const decipher = createDecipheriv(ALGORITHM, this.#key(id), nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(authenticatedPlace(place));
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      const text = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
      return Buffer.concat([text, decipher.final()]).toString('utf8');
    } catch {
      throw new SealBroken(
        place,
        'it was changed, or belongs to another row or column. Restore it from a backup',
      );
    }
  }

  /** @returns the text sealed with the current key, whether it was plain or sealed with another key. */
  reseal(text: string, place: Place): string {
    if (text.startsWith(`${PREFIX}${this.#currentId}:`)) return text;
    return this.seal(isSealed(text) ? this.open(text, place) : text, place);
  }

  #key(id: string): KeyObject {
    const key = this.#keys.get(id);
    if (!key) throw new Error(`There is no key ${id}`);
    return key;
  }
}

/** @param value of a column, which may hold anything if a person wrote it. */
export function isSealed(value: unknown): boolean {
  return typeof value === 'string' && value.startsWith(PREFIX);
}

/** The start of the key's SHA-256. It names the key and reveals nothing about it. */
function keyId(key: Buffer): string {
  return hash('sha256', key, 'hex').slice(0, 8);
}

/** The place as additional authenticated data. It ties the sealed text to its place. */
function authenticatedPlace({ table, id, column }: Place): Buffer {
  return Buffer.from(`${table}:${id}:${column}`);
}
