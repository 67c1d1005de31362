/**
 * What the URL of a webhook may look like, before any name is resolved: the shape half of the address rule. Also the
 * one form of it that is stored and compared, so that two spellings of one address are one webhook. Why `URL.parse` is
 * not enough: docs/decisions/0012.
 */
import ipaddr from 'ipaddr.js';
import type { AddressRule } from './address-rule.ts';
import { fault, type Fault } from './field-fault.ts';
import { pathParts } from './key-like.ts';

export const MAX_URL_LENGTH = 2048;

/** What stands for a secret in logs, results and audit trail. */
export const MASK = '***';

/**
 * One pattern for code and OpenAPI: `http` or `https`, a host name or an address in its usual form, a port, and a path and
 * query of RFC 3986. Square brackets are allowed too, because query strings use them. The URL parser accepts every text
 * that matches, as it is.
 */
export const URL_PATTERN = new RegExp(
  `^[hH][tT][tT][pP][sS]?://${either(hostNamePattern(), ipv4Pattern(), `\\[${ipv6Pattern()}\\]`)}` +
    `(:${portPattern()})?${tailPattern('/', ':@/')}?${tailPattern('\\?', ':@/?')}?$`,
);

/** @returns what is wrong with the URL, for the caller; null if it may be saved and requested. */
export function urlFault(text: string, rule: AddressRule): Fault | null {
  if (text.length > MAX_URL_LENGTH || normalUrl(text).length > MAX_URL_LENGTH)
    return fault('too_long', `must be at most ${MAX_URL_LENGTH} characters long`, { max: MAX_URL_LENGTH });
  // The URL parser would remove these silently, so two texts would be one URL.
  if (/[\s\p{Cc}]/u.test(text))
    return fault('url_has_spaces', 'must not contain spaces or control characters');
  const url = URL.parse(text);
  if (!url) return fault('not_a_url', 'must be a URL, such as https://example.com/hooks');
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return fault('url_scheme', 'must begin with https:// or http://');
  if (url.username !== '' || url.password !== '')
    return fault('url_has_credentials', 'must not contain a user name or password; use the secret token');
  if (url.hash !== '' || text.endsWith('#'))
    return fault('url_has_fragment', 'must not contain a fragment (#); it would never be sent');
  const literal = literalAddress(url.hostname);
  if (literal !== null && !rule.permits(literal)) {
    const message = `must not point to the private or reserved address ${literal}; ALLOWED_SUBNETS can permit it`;
    return fault('refused_address', message, { address: literal });
  }
  return URL_PATTERN.test(text) ? null : spellingFault(url.href);
}

/** @param plain the same as the URL parser spells it. */
function spellingFault(plain: string): Fault {
  const message =
    'must be a plainly written URL: other characters than those of RFC 3986 percent-encoded, host names in ASCII (xn--), addresses in their usual form';
  if (!URL_PATTERN.test(plain)) return fault('not_a_url', message);
  return fault('url_not_plain', `${message}; plainly written it is ${plain}`, { plain });
}

/**
 * The URL as it is requested (WHATWG URL): scheme and host in lower case, no default port, `/` for an empty path, no dot
 * segments. The host has no dot at its end: it is the same name. A text that is no URL stays as it is.
 */
export function normalUrl(text: string): string {
  const url = URL.parse(text);
  if (!url) return text;
  url.hostname = url.hostname.replace(/\.$/, '');
  return url.href;
}

/**
 * The address that is written as the host name, or null. WHATWG URL has already read octal, hex and decimal forms.
 * `localhost` and the names below it count as loopback, because they always are (RFC 6761 section 6.3).
 */
export function literalAddress(hostname: string): string | null {
  if (/(^|\.)localhost\.?$/i.test(hostname)) return '127.0.0.1';
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return ipaddr.isValid(bare) ? bare : null;
}

/** A URL for logs and results: no user info, keys in the path and query values masked, and whole what has no name. */
export function maskedUrl(text: string): string {
  const url = URL.parse(text);
  if (!url) return '';
  url.username = '';
  url.password = '';
  url.pathname = pathParts(url)
    .map(({ text: part, isKey }) => (isKey ? MASK : part))
    .join('/');
  url.search = queryPairs(url)
    .map(({ name }) => name + MASK)
    .join('&');
  url.hash = '';
  return url.href;
}

/** What `maskedUrl` hides of path and query, each as it is sent, but for an end of `=` that may be there or not. */
export function urlSecrets(text: string): string[] {
  const url = URL.parse(text);
  if (!url) return [];
  const keys = pathParts(url).filter(({ isKey }) => isKey);
  return [...keys.map((part) => part.text), ...queryPairs(url).map(({ value }) => withoutPadding(value))];
}

/** Removes the `=` with which Base64 may end. */
export function withoutPadding(text: string): string {
  let end = text.length;
  while (text[end - 1] === '=') end -= 1;
  return text.slice(0, end);
}

/** Splits each pair of the query. A text with nothing but `=` after it is a value, such as padded Base64, and not a name. */
function queryPairs({ search }: URL): { name: string; value: string }[] {
  return search
    .slice(1)
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const name = /^[^=]*=(?=.*[^=])/.exec(pair)?.[0] ?? '';
      return { name, value: pair.slice(name.length) };
    });
}

/** The last label must not be a number. Otherwise the URL parser would read the whole name as an IPv4 address. */
function hostNamePattern(): string {
  const label = '[A-Za-z0-9_-]{1,63}';
  return `(${label}\\.)*([0-9]+[A-WYZa-wyz_-]|[A-Za-z_])[A-Za-z0-9_-]{0,62}\\.?`;
}

function ipv4Pattern(): string {
  const octet = either('25[0-5]', '2[0-4][0-9]', '1[0-9][0-9]', '[1-9]?[0-9]');
  return `${octet}(\\.${octet}){3}`;
}

/** Eight groups, or fewer with one `::` in place of the missing ones. */
function ipv6Pattern(): string {
  const group = '[0-9A-Fa-f]{1,4}';
  const groups = (most: number) => (most === 0 ? '' : `(${group}(:${group}){0,${most - 1}})?`);
  const shortened = Array.from(
    { length: 7 },
    (_, before) => `${before === 0 ? '' : `${group}(:${group}){${before - 1}}`}::${groups(7 - before)}`,
  );
  return either(`${group}(:${group}){7}`, ...shortened, `${group}(:${group}){6}::`);
}

function portPattern(): string {
  return either(
    '[1-9][0-9]{0,3}',
    '[1-5][0-9]{4}',
    '6[0-4][0-9]{3}',
    '65[0-4][0-9]{2}',
    '655[0-2][0-9]',
    '6553[0-5]',
  );
}

function tailPattern(start: string, alsoAllowed: string): string {
  return `(${start}${either(`[A-Za-z0-9._~!$&'()*+,;=${alsoAllowed}\\[\\]-]`, '%[0-9A-Fa-f]{2}')}*)`;
}

function either(...patterns: string[]): string {
  return `(${patterns.join('|')})`;
}
