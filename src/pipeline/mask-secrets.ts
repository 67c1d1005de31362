/**
 * Takes a webhook's secrets out of what its receiver answered, which may echo what it got: in the forms in which they
 * stand in headers, JSON, URLs and forms, and a beginning of one at the end of an answer that was cut off. Pure; what is
 * to be masked is worked out once per webhook.
 */
import type { Webhook } from '../model/webhook.ts';
import { querySecrets, withoutPadding } from '../model/webhook-url.ts';

const MASK = '***';
/** Shorter ones would mask half of any text. */
const MIN_LENGTH = 4;

/** Snapshots hold a new object for a webhook that changed, so an entry is never stale. */
const formsByWebhook = new WeakMap<Webhook, readonly string[]>();

/** @param cut whether the text is only the beginning of what was answered. */
export function withoutSecrets(text: string, webhook: Webhook, cut: boolean): string {
  let forms = formsByWebhook.get(webhook);
  if (forms === undefined) {
    forms = formsOf(webhook);
    formsByWebhook.set(webhook, forms);
  }
  let masked = text;
  for (const form of forms) masked = masked.replaceAll(form, MASK);
  return cut ? withoutBeginning(masked, forms) : masked;
}

/** The longest first: one may be part of another. */
function formsOf({ url, secretToken, headers, signingSecrets, ed25519Key }: Webhook): string[] {
  const keys = [...signingSecrets.map(({ secret }) => secret), ed25519Key];
  const secrets = [
    secretToken,
    ...Object.values(headers),
    ...querySecrets(url).flatMap((raw) => [raw, formDecoded(raw), formDecoded(raw.replaceAll('+', '%2B'))]),
    // Without `whsec_`, and without the padding that base64 may have or not.
    ...keys.map((key) => key && withoutPadding(key.replace(/^[a-z]+_/, ''))),
  ];
  const forms = secrets
    .filter((secret) => typeof secret === 'string')
    .flatMap((secret) => [
      secret,
      JSON.stringify(secret).slice(1, -1),
      encodeURIComponent(secret),
      new URLSearchParams({ '': secret }).toString().slice(1),
    ]);
  return [...new Set(forms)]
    .filter((form) => form.length >= MIN_LENGTH)
    .toSorted((one, other) => other.length - one.length);
}

/** Never fails, whatever follows a `%`. */
function formDecoded(text: string): string {
  return new URLSearchParams(`=${text}`).get('') ?? '';
}

function withoutBeginning(text: string, forms: readonly string[]): string {
  for (const form of forms) {
    const start = form.slice(0, MIN_LENGTH);
    let at = text.indexOf(start, Math.max(0, text.length - form.length));
    while (at !== -1) {
      if (form.startsWith(text.slice(at))) return text.slice(0, at) + MASK;
      at = text.indexOf(start, at + 1);
    }
  }
  return text;
}
