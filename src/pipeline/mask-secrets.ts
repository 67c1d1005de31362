/**
 * Takes a webhook's secrets out of what its receiver answered, which may echo what it got: however it writes them (see
 * `spelling.ts`), with parts of a header's value and decoded Basic credentials, and the beginning of one at the end of an
 * answer that was cut off. Pure; what is to be masked is worked out once per webhook.
 */
import type { Webhook } from '../model/webhook.ts';
import { MASK, urlSecrets, withoutPadding } from '../model/webhook-url.ts';
import { placeOf, readings, type Reading } from './spelling.ts';

/** Shorter ones would mask half of any text. */
const MIN_LENGTH = 4;
/** Shorter parts of a header's value are words as well. */
const MIN_PART_LENGTH = 8;

/** A webhook that changed is a new object, so an entry is never stale. */
const formsByWebhook = new WeakMap<Webhook, readonly string[]>();

/** A part of the text as it came. */
interface Range {
  readonly from: number;
  readonly to: number;
}

/** @param cut whether the text is only the beginning of what was answered. */
export function withoutSecrets(text: string, webhook: Webhook, cut: boolean): string {
  // No escape is shorter than what it stands for.
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
    const from = beginningOfOne(reading.text, forms);
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
    // Without `whsec_`, and without the padding that base64 may have or not.
    ...keys.map((key) => key && withoutPadding(key.replace(/^[a-z]+_/, ''))),
  ];
  const forms = secrets.filter((secret) => typeof secret === 'string').map(withoutPlus);
  return [...new Set(forms)].filter((form) => form.length >= MIN_LENGTH);
}

/** A plus is a blank, as forms write it, or was one. */
function withoutPlus(text: string): string {
  return text.replaceAll('+', ' ');
}

/** The value, what follows a scheme such as `Bearer` in it, its longer parts, and what Basic credentials are in clear. */
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

/** RFC 7617: the user name ends at the first colon. */
function inClear(credentials: string): string[] {
  const userAndPassword = Buffer.from(credentials, 'base64').toString();
  return [userAndPassword, userAndPassword.slice(userAndPassword.indexOf(':') + 1)];
}

/** Never fails, whatever follows a `%`. */
function formDecoded(text: string): string {
  return new URLSearchParams(`=${text}`).get('') ?? '';
}

/** Where the beginning of a secret begins with which the text ends. */
function beginningOfOne(text: string, forms: readonly string[]): number | null {
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
