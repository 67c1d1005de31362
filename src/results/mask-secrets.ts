/**
 * Masks a webhook's secrets in its receiver's answer, which may repeat what it was sent. Pure.
 *
 * It finds a secret even if the receiver wrote it with escapes (see `spelling.ts`), as Base64, also of a text that has it
 * within, or in hexadecimal. It also finds parts of a header's
 * value, and the user and password of Basic credentials. If an answer was cut off, it finds the beginning of a secret at
 * the end. What to mask is computed once per webhook.
 */
import type { Webhook } from '../model/webhook.ts';
import { MASK, urlSecrets, withoutPadding } from '../model/webhook-url.ts';
import { placeOf, readings, type Reading } from './spelling.ts';

/** A shorter secret is not masked: it would be found in half of all texts. */
const MIN_LENGTH = 4;
/** A shorter part of a header's value is not masked: it may be an ordinary word. */
const MIN_PART_LENGTH = 8;

/** What is shorter is not looked for in Base64 or hexadecimal. */
const MIN_ENCODED_BYTES = 6;

/** A changed webhook is a new object, so an entry is never out of date. */
const formsByWebhook = new WeakMap<Webhook, readonly string[]>();

/** A part of the original text. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** @param cut whether the text is only the beginning of the answer. */
export function withoutSecrets(text: string, webhook: Webhook, cut: boolean): string {
  // An escape is never shorter than what it stands for. So a text this short holds no secret.
  if (!cut && text.length < MIN_LENGTH) return text;
  let forms = formsByWebhook.get(webhook);
  if (forms === undefined) {
    forms = formsOf(webhook);
    formsByWebhook.set(webhook, forms);
  }
  const all = readings(text, cut);
  if (all === null) return MASK;
  const secret: Range[] = [];
  for (const spelled of all) {
    const reading = { ...spelled, text: withoutPlus(spelled.text) };
    for (const form of forms) addPlaces(secret, reading, form);
    if (!cut) continue;
    const from = cutSecretAt(reading.text, forms);
    if (from !== null) secret.push({ from: placeOf(reading, from), to: text.length });
  }
  return secret.length === 0 ? text : masked(text, secret);
}

function addPlaces(secret: Range[], reading: Reading, form: string): void {
  const { text } = reading;
  for (let at = text.indexOf(form); at !== -1; at = text.indexOf(form, at + form.length))
    secret.push({ from: placeOf(reading, at), to: placeOf(reading, at + form.length) });
}

function masked(text: string, secret: Range[]): string {
  let result = '';
  let end = 0;
  for (const { from, to } of secret.sort((one, other) => one.from - other.from)) {
    if (from >= end) result += text.slice(end, from) + MASK;
    end = Math.max(end, to);
  }
  return result + text.slice(end);
}

function formsOf({ url, secretToken, headers, signingSecrets, ed25519Key }: Webhook): string[] {
  const keys = [...signingSecrets.map(({ secret }) => secret), ed25519Key];
  const secrets = [
    secretToken,
    ...Object.values(headers).flatMap(partsOfHeader),
    ...urlSecrets(url).flatMap((raw) => [raw, formDecoded(raw)]),
    // Without `whsec_`, and without the padding, which base64 may leave out.
    ...keys.map((key) => key && withoutPadding(key.replace(/^[a-z]+_/, ''))),
  ];
  const known = secrets.filter((secret) => typeof secret === 'string');
  const forms = [...known, ...known.flatMap(encoded)].map(withoutPlus);
  return [...new Set(forms)].filter((form) => form.length >= MIN_LENGTH);
}

/** A secret in hexadecimal, and as Base64 and Base64url with nothing, one or two bytes before it. */
function encoded(secret: string): string[] {
  const bytes = Buffer.from(secret);
  if (bytes.length < MIN_ENCODED_BYTES) return [];
  const hex = bytes.toString('hex');
  const base64 = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64url');
    // The first and the last character also have bits of what is beside it.
    return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
  return [hex, hex.toUpperCase(), ...base64, ...base64.map(plainBase64)];
}

function plainBase64(text: string): string {
  return text.replaceAll('-', '+').replaceAll('_', '/');
}

/** Forms write a space as a plus. So a plus and a space count as the same character. */
function withoutPlus(text: string): string {
  return text.replaceAll('+', ' ');
}

/** The value, the credentials after a scheme such as `Bearer`, the longer parts, and Basic credentials in clear text. */
function partsOfHeader(value: string): string[] {
  const [, scheme = '', credentials = ''] = /^([\w.-]+)[ \t]+(\S.*)$/.exec(value) ?? [];
  const parts = (credentials || value).split(/[\s,;=:"'{}[\]()<>|&?]+/);
  return [
    value,
    credentials,
    ...parts.filter((part) => part.length >= MIN_PART_LENGTH),
    ...(scheme.toLowerCase() === 'basic' ? inClear(credentials) : []),
  ];
}

/** RFC 7617 section 2: the user name ends at the first colon. */
function inClear(credentials: string): string[] {
  const userAndPassword = Buffer.from(credentials, 'base64').toString();
  return [userAndPassword, userAndPassword.slice(userAndPassword.indexOf(':') + 1)];
}

/** Unlike `decodeURIComponent` it never throws, whatever follows a `%`. */
function formDecoded(text: string): string {
  return new URLSearchParams(`=${text}`).get('') ?? '';
}

/** @returns where the text ends with the beginning of a secret; null if it does not. */
function cutSecretAt(text: string, forms: readonly string[]): number | null {
  for (const form of forms) {
    const start = form.slice(0, MIN_LENGTH);
    let at = text.indexOf(start, Math.max(0, text.length - form.length));
    while (at !== -1) {
      if (form.startsWith(text.slice(at))) return at;
      at = text.indexOf(start, at + 1);
    }
  }
  return null;
}
