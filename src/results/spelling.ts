/**
 * Finds all texts that a given text may stand for, by undoing the escapes of JSON and JavaScript, of URLs and of HTML, and
 * what UTF-16 and lines of Base64 put in between. It also undoes escapes within escapes. Each character of a result knows its
 * place in the original text. Pure.
 *
 * It undoes one kind of escape at a time, over the whole text, because programs write them so. To undo all kinds at once
 * would undo inner escapes before outer ones, and give a wrong text.
 */
import { decodeHTMLStrict } from 'entities';

export interface Reading {
  readonly text: string;
  /** Where each character begins in the original text, and at last where that text ends; null: the places are the same. */
  readonly places: ArrayLike<number> | null;
}

interface Spelling {
  /** The first character of its escapes. */
  readonly sign: string;
  readonly escape: RegExp;
  /** @returns what an escape stands for; the escape itself if it stands for nothing. */
  readonly read: (escape: string) => string;
}

/** Answers that programs write have fewer. */
const READINGS_AT_MOST = 40;

const SIMPLE: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };

const SPELLINGS: readonly Spelling[] = [
  {
    sign: '\\',
    // With 8 digits as Python and Go write it, with 3 octal ones as C and PHP do.
    escape: /\\(?:u000[01][0-9a-f]{4}|u[0-9a-f]{4}|u\{[0-9a-f]{1,6}\}|x[0-9a-f]{2}|[0-3][0-7]{2}|[^])/gi,
    read: (escape) => {
      const sign = escape.charAt(1);
      if (escape.length === 2) return SIMPLE[sign] ?? sign;
      if (sign >= '0' && sign <= '3') return String.fromCharCode(parseInt(escape.slice(1), 8));
      const code = parseInt(escape.slice(2).replace('{', ''), 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : escape;
    },
  },
  {
    sign: '%',
    // One ASCII character, or all bytes of another character in UTF-8; or as `escape()` of JavaScript writes it.
    escape: /%u[0-9a-f]{4}|%[0-7][0-9a-f]|%[c-f][0-9a-f](?:%[89ab][0-9a-f]){1,3}/gi,
    read: (escape) => {
      if (escape.length === 6 && /u/i.test(escape)) return String.fromCharCode(parseInt(escape.slice(2), 16));
      try {
        return decodeURIComponent(escape);
      } catch {
        return escape;
      }
    },
  },
  {
    sign: '&',
    escape: /&(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});/gi,
    read: decodeHTMLStrict,
  },
  {
    // UTF-16: every second byte is no character of its own.
    sign: '\ufffd',
    escape: /\ufffd/g,
    read: () => '',
  },
  {
    // Base64 in lines of 64 characters or more (PEM, MIME).
    sign: '\n',
    escape: /(?<=[\w+/-]{64})\r?\n/g,
    read: () => '',
  },
];

/** The beginning of an escape at the end of a text that was cut off. */
const CUT_ESCAPE =
  /(?:%[0-9a-f]?|%u[0-9a-f]{0,3}|\\(?:u[0-9a-f]{0,7}|u\{[0-9a-f]{0,6}|x[0-9a-f]?|[0-3][0-7]?)?|&#?[a-z0-9]{0,31}|\ufffd)$/i;

/**
 * @param cut whether the text was cut off. Then it may end within an escape, which is left out in a further reading.
 * @returns all readings, the original text first; null if there are too many.
 */
export function readings(text: string, cut: boolean): Reading[] | null {
  const found: Reading[] = [{ text, places: null }];
  // Most answers have no escapes, so nothing needs to be built.
  if (!cut && !SPELLINGS.some(({ sign }) => text.includes(sign))) return found;
  const all: Reading[] = [];
  const known = new Set([text]);
  for (const reading of found) {
    all.push(reading);
    const whole = cut ? { ...reading, text: reading.text.replace(CUT_ESCAPE, '') } : reading;
    if (whole.text !== reading.text) all.push(whole);
    known.add(whole.text);
    for (const spelling of SPELLINGS) {
      if (!whole.text.includes(spelling.sign)) continue;
      const meant = undone(whole, spelling);
      if (known.has(meant.text)) continue;
      if (found.length >= READINGS_AT_MOST) return null;
      known.add(meant.text);
      found.push(meant);
    }
  }
  return all;
}

export function placeOf({ places }: Reading, at: number): number {
  return places === null ? at : (places[at] ?? 0);
}

function undone(reading: Reading, { escape, read }: Spelling): Reading {
  const written = reading.text;
  // The result is never longer than the text: an escape is longer than what it stands for.
  const places = new Int32Array(written.length + 1);
  let text = '';
  let done = 0;
  const keep = (until: number): void => {
    for (let at = done; at < until; at += 1) places[text.length + at - done] = placeOf(reading, at);
    text += written.slice(done, until);
  };
  for (const { 0: found, index } of written.matchAll(escape)) {
    const meant = read(found);
    if (meant === found) continue;
    keep(index);
    places.fill(placeOf(reading, index), text.length, text.length + meant.length);
    text += meant;
    done = index + found.length;
  }
  if (done === 0) return reading;
  keep(written.length);
  places[text.length] = placeOf(reading, written.length);
  return { text, places };
}
