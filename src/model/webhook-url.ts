/** What the URL of a webhook may look like, before any name is resolved: the shape half of the address rule. */
import ipaddr from 'ipaddr.js';
import type { AddressRule } from './address-rule.ts';

export const MAX_URL_LENGTH = 2048;

/** What is wrong with a webhook's URL, for its owner; null when it may be saved and dialled. */
export function urlFault(text: string, rule: AddressRule): string | null {
  if (text.length > MAX_URL_LENGTH) return `must be at most ${MAX_URL_LENGTH} characters long`;
  // The URL parser strips these silently; then two texts would be one address.
  if (/[\s\p{Cc}]/u.test(text)) return 'must not contain spaces or control characters';
  const url = URL.parse(text);
  if (!url) return 'must be a URL, such as https://example.com/hooks';
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with https:// or http://';
  if (url.username !== '' || url.password !== '')
    return 'must not contain a user name or password; use the secret token';
  const literal = literalAddress(url.hostname);
  if (literal !== null && !rule.permits(literal)) {
    return `must not point to the private or reserved address ${literal}; ALLOWED_SUBNETS can permit it`;
  }
  return null;
}

/** The address a URL's host name spells out (WHATWG URL has already read octal, hex and decimal forms), or null. */
export function literalAddress(hostname: string): string | null {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return ipaddr.isValid(bare) ? bare : null;
}

/** A URL for logs and results: no user info, query values masked. */
export function maskedUrl(text: string): string {
  const url = URL.parse(text);
  if (!url) return '';
  url.username = '';
  url.password = '';
  for (const name of [...url.searchParams.keys()]) url.searchParams.set(name, '***');
  url.hash = '';
  return url.href;
}
