/**
 * The custom headers of a webhook: which names and values may be sent along. Names that the service sets itself and
 * those that frame or route a message are refused, so a custom header can neither override nor smuggle anything.
 */
import type { FieldFault } from '../rest/problem.ts';

export const MAX_HEADERS = 20;
const MAX_NAME_LENGTH = 128;
const MAX_VALUE_LENGTH = 1024;

/** Lower case, with `-` also for `_`: WSGI, CGI and PHP take both for one. `*` stands for any ending. */
const REFUSED = [
  'authorization',
  'connection',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'proxy-*',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'webhook-*',
  'x-defguard-event',
  'traceparent',
  'tracestate',
];

/** RFC 9110 token; a name of JavaScript's own is no header either. */
const NAME_PATTERN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const UNUSABLE = '__proto__';

/** Visible ASCII with spaces and tabs inside, or nothing. */
const VALUE_PATTERN = /^([!-~]([\t -~]*[!-~])?)?$/;

/** What is wrong with the headers, by name; empty when they may be saved. */
export function headerFaults(headers: Readonly<Record<string, string | null>>): FieldFault[] {
  const faults: FieldFault[] = [];
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(headers)) {
    const key = name.toLowerCase();
    const message = nameFault(name) ?? (value === null ? null : valueFault(value));
    if (message !== null) faults.push({ field: name, message });
    else if (seen.has(key)) faults.push({ field: name, message: 'is given twice, in different case' });
    seen.add(key);
  }
  return faults;
}

function nameFault(name: string): string | null {
  if (name.length > MAX_NAME_LENGTH) return `must be a header name of at most ${MAX_NAME_LENGTH} characters`;
  if (!NAME_PATTERN.test(name) || name === UNUSABLE) return 'must be a header name (RFC 9110 token)';
  const key = name.toLowerCase().replaceAll('_', '-');
  const refused = REFUSED.some((entry) =>
    entry.endsWith('*') ? key.startsWith(entry.slice(0, -1)) : key === entry,
  );
  return refused ? 'is set by the service or by HTTP itself and cannot be a custom header' : null;
}

function valueFault(value: string): string | null {
  if (value.length > MAX_VALUE_LENGTH) return `must be at most ${MAX_VALUE_LENGTH} characters long`;
  if (VALUE_PATTERN.test(value)) return null;
  return 'must be visible ASCII characters, with spaces and tabs only between them';
}

/** The same rules as JSON Schema. It knows no case-insensitive match, so each letter is spelled in both cases. */
export const HEADER_NAME_SCHEMA = {
  type: 'string',
  maxLength: MAX_NAME_LENGTH,
  pattern: NAME_PATTERN.source,
  not: {
    pattern: `^(${[...REFUSED.map(inAnyCase), UNUSABLE].join('|')})$`,
  },
};
export const HEADER_VALUE_SCHEMA = {
  type: 'string',
  maxLength: MAX_VALUE_LENGTH,
  pattern: VALUE_PATTERN.source,
};
export const REFUSED_HEADERS = REFUSED.join(', ');

function inAnyCase(name: string): string {
  return name
    .replaceAll(/[a-z]/g, (letter) => `[${letter.toUpperCase()}${letter}]`)
    .replaceAll('-', '[_-]')
    .replace('*', '.*');
}
