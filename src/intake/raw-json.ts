/**
 * Cuts the text of a member out of a JSON object, and removes white space from it. It does not parse and write it again. So
 * numbers keep all their digits, members their order and strings their escapes. Deep nesting cannot overflow the stack. Pure.
 *
 * The text must be valid JSON: `JSON.parse` must have accepted it. Then it is enough to follow strings and depth.
 */

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;

/** @returns the text of a top-level member's value, or null. Of repeated names the last counts, as in `JSON.parse`. */
export function rawMember(json: string, name: string): string | null {
  let value: string | null = null;
  let depth = 0;
  let memberName = '';
  let valueStart = -1;
  for (let at = 0; at < json.length; at += 1) {
    const char = json.charCodeAt(at);
    if (char === QUOTE) {
      const end = endOfString(json, at);
      if (depth === 1 && valueStart === -1) memberName = unquoted(json.slice(at, end + 1));
      at = end;
    } else if (char === OPEN_BRACE || char === OPEN_BRACKET) {
      depth += 1;
    } else if (char === COLON && depth === 1 && valueStart === -1) {
      valueStart = at + 1;
    } else if (
      (char === COMMA && depth === 1) ||
      ((char === CLOSE_BRACE || char === CLOSE_BRACKET) && --depth === 0)
    ) {
      if (memberName === name && valueStart !== -1) value = json.slice(valueStart, at);
      valueStart = -1;
    }
  }
  return value;
}

/** Of a longer text, hundreds of thousands of pieces between blanks would be joined, each a string of its own. */
const LONG_CHARACTERS = 64 * 1024;

/** The same JSON without white space between its tokens. */
export function compactJson(json: string): string {
  return json.length > LONG_CHARACTERS ? compactBytes(Buffer.from(json)).toString() : compactText(json);
}

/** Moves the bytes that are kept to the front. */
function compactBytes(bytes: Buffer): Buffer {
  let kept = 0;
  let quoted = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (!quoted && isBlank(byte)) continue;
    bytes[kept] = byte;
    kept += 1;
    if (byte === QUOTE) quoted = !quoted;
    else if (byte === BACKSLASH) {
      at += 1;
      bytes[kept] = bytes[at] ?? 0;
      kept += 1;
    }
  }
  return bytes.subarray(0, kept);
}

function compactText(json: string): string {
  let compact = '';
  let keptFrom = 0;
  for (let at = 0; at < json.length; at += 1) {
    const char = json.charCodeAt(at);
    if (char === QUOTE) {
      at = endOfString(json, at);
    } else if (isBlank(char)) {
      compact += json.slice(keptFrom, at);
      keptFrom = at + 1;
    }
  }
  return keptFrom === 0 ? json : compact + json.slice(keptFrom);
}

export function isBlank(char: number): boolean {
  return char === 0x20 || char === 0x0a || char === 0x0d || char === 0x09;
}

/** The index of the quote that ends the string beginning at `start`. */
function endOfString(json: string, start: number): number {
  for (let at = json.indexOf('"', start + 1); at !== -1; at = json.indexOf('"', at + 1)) {
    let escapesFrom = at;
    while (json.charCodeAt(escapesFrom - 1) === BACKSLASH) escapesFrom -= 1;
    if ((at - escapesFrom) % 2 === 0) return at;
  }
  return json.length;
}

function unquoted(text: string): string {
  return text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1);
}
