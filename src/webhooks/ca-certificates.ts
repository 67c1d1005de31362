/**
 * The rule for `ca_certificates`: PEM text of the certificate authorities that a webhook trusts instead of the public ones.
 *
 * It does not look at expiry. So a webhook can still be changed after one of its certificates has expired.
 */
import { X509Certificate } from 'node:crypto';
import { fault, type Fault } from '../model/field-fault.ts';

export const MAX_CA_CERTIFICATES_LENGTH = 32 * 1024;

/** One or more certificates as PEM blocks (RFC 7468), and nothing else. */
export const CA_CERTIFICATES_PATTERN =
  /^\s*(-----BEGIN CERTIFICATE-----\r?\n[A-Za-z0-9+/=\r\n]+-----END CERTIFICATE-----\s*)+$/;
const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** @returns what is wrong with the text, for the caller; null if it may be saved. */
export function caCertificatesFault(text: string): Fault | null {
  const max = MAX_CA_CERTIFICATES_LENGTH;
  if (text.length > max) return fault('too_long', `must be at most ${max} characters long`, { max });
  if (text.includes('PRIVATE KEY-----')) return fault('private_key', 'must not contain a private key');
  if (!CA_CERTIFICATES_PATTERN.test(text))
    return fault(
      'not_pem',
      'must be PEM certificates, each from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----, and nothing else',
    );
  const number = (text.match(BLOCK) ?? []).findIndex((block) => !isCertificate(block)) + 1;
  if (number === 0) return null;
  return fault('not_a_certificate', `holds a certificate that is not valid X.509: number ${number}`, {
    number,
  });
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
