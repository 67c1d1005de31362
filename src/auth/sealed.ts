/**
 * A text that a browser keeps for the service. The browser can neither read nor change it (JWE, AES-256-GCM), and it ends
 * at a set time.
 *
 * The keys come from `SECRETS_KEY`, which all instances share. So each instance can read what another one has sealed, and
 * none has to remember it. A text that was sealed for one purpose cannot be used for another.
 */
import { hkdfSync } from 'node:crypto';
import { EncryptJWT, errors, jwtDecrypt, type JWTPayload } from 'jose';

const ALGORITHMS = { alg: 'dir', enc: 'A256GCM' };
const KEY_BYTES = 32;

export interface Opened {
  readonly claims: JWTPayload;
  readonly expiresAt: Date;
}

export class Sealed {
  readonly #keys: readonly Uint8Array[];

  /**
   * @param secretsKeys the first seals, all open.
   * @param purpose whatever must be the same when it is opened.
   */
  constructor(
    secretsKeys: readonly Buffer[],
    purpose: string,
    private readonly now: () => Date = () => new Date(),
  ) {
    this.#keys = secretsKeys.map((key) => new Uint8Array(hkdfSync('sha256', key, '', purpose, KEY_BYTES)));
  }

  async seal(claims: JWTPayload, expiresAt: Date): Promise<string> {
    const [key] = this.#keys;
    if (!key) throw new Error('nothing can be sealed without a key');
    return new EncryptJWT(claims).setProtectedHeader(ALGORITHMS).setExpirationTime(expiresAt).encrypt(key);
  }

  /** @returns null for what is not ours, was made for another purpose, or has ended. */
  async open(text: string): Promise<Opened | null> {
    for (const key of this.#keys) {
      const opened = await this.#openWith(key, text);
      if (opened) return opened;
    }
    return null;
  }

  async #openWith(key: Uint8Array, text: string): Promise<Opened | null> {
    try {
      const { payload } = await jwtDecrypt(text, key, {
        keyManagementAlgorithms: [ALGORITHMS.alg],
        contentEncryptionAlgorithms: [ALGORITHMS.enc],
        requiredClaims: ['exp'],
        currentDate: this.now(),
      });
      return { claims: payload, expiresAt: new Date(Number(payload.exp) * 1_000) };
    } catch (error) {
      if (error instanceof errors.JOSEError) return null;
      throw error;
    }
  }
}
