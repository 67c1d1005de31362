/**
 * Whether a part of a URL's path looks like a key. Slack, Teams, Discord, Zapier and the like put the secret of a webhook
 * there. What only looks like one is masked too: a masked name is a nuisance, and a key that is shown is open to everybody.
 *
 * A part is a key if it stands where a known service has its keys, or if it has in it
 * - a UUID,
 * - 24 letters and digits in a row, or 16 hexadecimal digits that are not all letters or all digits,
 * - a word of 6 or more letters and digits that changes between them, or between small and capital letters, as often as
 *   no name does: at least every 3.5 characters, and three times. Of parts with 12 or more, `-`, `_` and others do not count.
 * - or a word of 12 or more that no name looks like: with digits between letters, or five consonants in a row.
 */
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/i;
const LONG = /[a-z0-9]{24}/i;
const HEX = /[0-9a-f]{16,}/gi;
/** A version, such as `v1beta2`, changes often. */
const VERSION = /^v\d+(?:(?:alpha|beta|rc)\d*)?$/i;
const WORD_CHARACTERS = 6;
const LONG_CHARACTERS = 12;
/** What a name is made of: words that begin with capitals or not, and numbers. */
const PIECES = /[A-Z]+[a-z]*|[a-z]+|[0-9]+/g;
const PIECES_OF_A_KEY = 4;
const CHARACTERS_OF_A_PIECE = 3.5;
/** Not of both cases at once, as in `Message2Pause` or `SettingsCheck`. */
const NO_NAME = /[a-z]\d+[a-z]|[A-Z]\d+[A-Z]|[b-df-hj-np-tv-xz]{5}|[B-DF-HJ-NP-TV-XZ]{5}/;

/** Host and beginning of the path; all behind it is a key, or belongs to one. */
const KEYS_BEHIND = [
  /^hooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)\//i,
  /^(?:\w+\.)?discord(?:app)?\.com\/api\/(?:v\d+\/)?webhooks\//i,
  /^hooks\.zapier\.com\/hooks\/(?:[a-z]+\/)?/i,
  /^(?:[\w-]+\.webhook\.office|outlook\.office(?:365)?)\.com\/webhook(?:b2)?\//i,
  /^hooks?\.(?:\w+\.)?(?:make|integromat)\.com\//i,
  /^maker\.ifttt\.com\/trigger\/[^/]*\/(?:json\/)?with\/key\//i,
];

/** The parts of a URL's path, between its slashes, and whether each is a key. */
export function pathParts({ host, pathname }: URL): { readonly text: string; readonly isKey: boolean }[] {
  const whole = host + pathname;
  const keysFrom = Math.min(
    ...KEYS_BEHIND.map((pattern) => pattern.exec(whole)?.[0].length ?? Number.POSITIVE_INFINITY),
  );
  let at = host.length;
  return pathname.split('/').map((text) => {
    const isKey = text !== '' && (at >= keysFrom || looksLikeKey(text));
    at += text.length + 1;
    return { text, isKey };
  });
}

function looksLikeKey(part: string): boolean {
  const text = unescaped(part);
  if (UUID.test(text) || LONG.test(text)) return true;
  if ((text.match(HEX) ?? []).some((digits) => /\d/.test(digits) && /\D/.test(digits))) return true;
  const words = text.split(/[^A-Za-z0-9]+/);
  const all = words.join('');
  return (
    words.some((word) => changesOften(word) || (word.length >= LONG_CHARACTERS && NO_NAME.test(word))) ||
    (all.length >= LONG_CHARACTERS && changesOften(all))
  );
}

function changesOften(word: string): boolean {
  if (word.length < WORD_CHARACTERS || VERSION.test(word)) return false;
  const pieces = word.match(PIECES)?.length ?? 0;
  return pieces >= PIECES_OF_A_KEY && word.length / pieces <= CHARACTERS_OF_A_PIECE;
}

function unescaped(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
