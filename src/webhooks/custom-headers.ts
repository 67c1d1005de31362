/**
 * The rules for the custom headers of a webhook: which names and values may be saved.
 *
 * Names that the service sets itself are refused, and so are names with which HTTP frames or routes a message. So a custom
 * header cannot override a header of the service, or smuggle a second request.
 */
import { fault, type Fault, type FieldFault } from '../model/field-fault.ts';

export const MAX_HEADERS = 20;
const MAX_NAME_LENGTH = 128;
const MAX_VALUE_LENGTH = 1024;

/** In lower case. `-` also stands for `_`, because WSGI, CGI and PHP treat both alike. `*` stands for any ending. */
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

/** RFC 9110 token. */
const NAME_PATTERN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** A valid token, but JavaScript gives this name a meaning of its own. */
const UNUSABLE = '__proto__';

/** Empty, or visible ASCII with spaces and tabs only between the other characters. */
const VALUE_PATTERN = /^([!-~]([\t -~]*[!-~])?)?$/;

/** @returns one fault per wrong header. Empty if all may be saved. */
export function headerFaults(headers: Readonly<Record<string, string | null>>): FieldFault[] {
  const faults: FieldFault[] = [];
  const seen = new Set<string>();
  for (const [name, value] of Object.entries(headers)) {
    const key = name.toLowerCase();
    const found =
      nameFault(name) ??
      (value === null ? null : valueFault(value)) ??
      (seen.has(key) ? fault('given_twice', 'is given twice, in different case') : null);
    if (found !== null) faults.push({ field: name, ...found });
    seen.add(key);
  }
  return faults;
}

function nameFault(name: string): Fault | null {
  const max = MAX_NAME_LENGTH;
  if (name.length > max)
    return fault('too_long', `must be a header name of at most ${max} characters`, { max });
  if (!NAME_PATTERN.test(name) || name === UNUSABLE)
    return fault('not_a_header_name', 'must be a header name (RFC 9110 token)');
  const key = name.toLowerCase().replaceAll('_', '-');
  const refused = REFUSED.some((entry) =>
    entry.endsWith('*') ? key.startsWith(entry.slice(0, -1)) : key === entry,
  );
  if (!refused) return null;
  return fault('reserved_header', 'is set by the service or by HTTP itself and cannot be a custom header');
}

function valueFault(value: string): Fault | null {
  const max = MAX_VALUE_LENGTH;
  if (value.length > max) return fault('too_long', `must be at most ${max} characters long`, { max });
  if (VALUE_PATTERN.test(value)) return null;
  return fault('not_ascii', 'must be visible ASCII characters, with spaces and tabs only between them');
}

/** The same rules as JSON Schema. It cannot match case-insensitively, so each letter is given in both cases. */
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
