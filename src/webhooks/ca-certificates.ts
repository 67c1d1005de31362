/**
 * The certificate authorities that a webhook trusts in place of the public ones, as PEM text: what may be saved. Whether
 * one of them has expired is not looked at, so that a webhook that has outlived one can still be changed.
 */
import { X509Certificate } from 'node:crypto';

export const MAX_CA_CERTIFICATES_LENGTH = 32 * 1024;

/** PEM blocks (RFC 7468) of certificates, and nothing else. */
export const CA_CERTIFICATES_PATTERN =
  /^\s*(-----BEGIN CERTIFICATE-----\r?\n[A-Za-z0-9+/=\r\n]+-----END CERTIFICATE-----\s*)+$/;
const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** What is wrong with the text, for the webhook's owner; null when it may be saved. */
export function caCertificatesFault(text: string): string | null {
  if (text.length > MAX_CA_CERTIFICATES_LENGTH)
    return `must be at most ${MAX_CA_CERTIFICATES_LENGTH} characters long`;
  if (text.includes('PRIVATE KEY-----')) return 'must not contain a private key';
  if (!CA_CERTIFICATES_PATTERN.test(text))
    return 'must be PEM certificates, each from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----, and nothing else';
  const unreadable = (text.match(BLOCK) ?? []).findIndex((block) => !isCertificate(block));
  return unreadable < 0 ? null : `holds a certificate that is not valid X.509: number ${unreadable + 1}`;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
