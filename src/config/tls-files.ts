/**
 * Checks the PEM files that TLS settings name, before anything is connected: each can be read, holds what it should, and
 * certificate and key belong together. No fault shows what a file contains.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** Paths of PEM files. */
export interface TlsFiles {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/**
 * @param names what the operator calls each file. Every fault begins with one of them.
 * @returns one sentence per fault.
 */
export function tlsFileFaults(files: TlsFiles, names: Record<keyof TlsFiles, string>): string[] {
  const faults: string[] = [];
  const read = <Content>(
    part: keyof TlsFiles,
    what: string,
    parse: (pem: Buffer) => Content,
  ): Content | null => {
    const path = files[part];
    if (path === undefined) return null;
    try {
      return parse(readFileSync(path));
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      const why =
        code.startsWith('E') && !code.startsWith('ERR_') ? `cannot be read (${code})` : `is not ${what}`;
      faults.push(`${names[part]} must name ${what}, but "${path}" ${why}`);
      return null;
    }
  };
  const certificate = (pem: Buffer): X509Certificate => new X509Certificate(pem);
  read('ca', 'a PEM file of certificates', certificate);
  const cert = read('cert', 'a PEM file of a certificate', certificate);
  const key = read('key', 'a PEM file of a private key without a passphrase', createPrivateKey);
  if (cert && key && !cert.checkPrivateKey(key)) {
    faults.push(`${names.key} is not the key of the certificate in ${names.cert}`);
  }
  return faults;
}
