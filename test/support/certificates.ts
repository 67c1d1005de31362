/** Certificate authorities for tests, and what they issue; the keys protect nothing. */
import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BasicConstraintsExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;

export interface Issued {
  readonly cert: string;
  readonly key: string;
}

export interface Wanted {
  /** The common name. */
  readonly name: string;
  /** Names and addresses of a server; without any it is a client's certificate. */
  readonly hosts?: readonly string[];
  /** Days from now on which it ends; one that is past makes it expired. */
  readonly endsInDays?: number;
}

export class Authority {
  private constructor(
    private readonly keys: webcrypto.CryptoKeyPair,
    private readonly name: string,
    /** PEM. */
    readonly cert: string,
  ) {}

  static async make(owner: string): Promise<Authority> {
    const keys = await makeKeys();
    const name = `Authority of ${owner}`;
    const cert = await X509CertificateGenerator.createSelfSigned({
      name: `CN=${name}`,
      ...validity(2),
      keys,
      signingAlgorithm: ALGORITHM,
      extensions: [new BasicConstraintsExtension(true, undefined, true)],
    });
    return new Authority(keys, name, cert.toString('pem'));
  }

  async issue({ name, hosts = [], endsInDays = 1 }: Wanted): Promise<Issued> {
    const keys = await makeKeys();
    const names = hosts.map((value) => ({
      type: /^[\d.]+$/.test(value) ? ('ip' as const) : ('dns' as const),
      value,
    }));
    const cert = await X509CertificateGenerator.create({
      subject: `CN=${name}`,
      issuer: `CN=${this.name}`,
      ...validity(endsInDays),
      publicKey: keys.publicKey,
      signingKey: this.keys.privateKey,
      signingAlgorithm: ALGORITHM,
      extensions: names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names)],
    });
    const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
    return { cert: cert.toString('pem'), key: PemConverter.encode(key, 'PRIVATE KEY') };
  }
}

/** A directory of PEM files for settings that name files. */
export class PemFiles {
  readonly #directory = mkdtempSync(join(tmpdir(), 'user-webhooks-pem-'));

  /** @returns its path. */
  write(name: string, pem: string): string {
    const path = join(this.#directory, `${name}.pem`);
    writeFileSync(path, pem);
    return path;
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

async function makeKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

function validity(endsInDays: number): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - 9 * DAY_MS), notAfter: new Date(now + endsInDays * DAY_MS) };
}
