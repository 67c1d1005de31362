/**
 * Reads a large JSON text without building what nobody looks at. `JSON.parse` makes an object of every bracket: a valid event
 * of 2 MB can have a million of them, which takes a tenth of a second. Here the whole text is checked by the same grammar (RFC
 * 8259), but only the members that are asked for are built (docs/decisions/0004). Pure.
 */
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  isBlank,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from './raw-json.ts';

const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const LETTER_U = 0x75;
const ESCAPES: ReadonlySet<number> = new Set(Array.from('"\\/bfnrt', (char) => char.charCodeAt(0)));
const LITERALS: ReadonlyMap<number, string> = new Map([
  [0x74, 'true'],
  [0x66, 'false'],
  [0x6e, 'null'],
]);
const HEX = /[0-9a-fA-F]{4}/y;

/** Which members of an object are built. A value that is a list of scalars, or a scalar, is built as it is. */
export interface Asked {
  readonly [name: string]: Asked | null;
}

/**
 * @returns what `JSON.parse` returns, but of objects only the members that are asked for. In place of other objects and lists,
 * and of lists that have such, there is an empty object or a list with one.
 * @throws SyntaxError exactly where `JSON.parse` does.
 */
export function outlineOf(json: string, asked: Asked): unknown {
  const outline = new Outline(json);
  const value = outline.value(asked);
  outline.blank();
  if (outline.at < json.length) outline.fault();
  return value;
}

class Outline {
  at = 0;

  constructor(private readonly json: string) {}

  /** Nesting follows what is asked for, so it is never deep. */
  value(asked: Asked | null): unknown {
    this.blank();
    const from = this.at;
    if (asked !== null && this.json.charCodeAt(from) === OPEN_BRACE) return this.#object(asked);
    const inner = this.skip();
    if (inner === 0) return JSON.parse(this.json.slice(from, this.at));
    const list = this.json.charCodeAt(from) === OPEN_BRACKET;
    if (!list) return {};
    return inner === 1 ? JSON.parse(this.json.slice(from, this.at)) : [{}];
  }

  #object(asked: Asked): Record<string, unknown> {
    const members: Record<string, unknown> = {};
    this.at += 1;
    this.blank();
    if (this.json.charCodeAt(this.at) === CLOSE_BRACE) {
      this.at += 1;
      return members;
    }
    for (;;) {
      const name = this.#name();
      if (Object.hasOwn(asked, name)) members[name] = this.value(asked[name] ?? null);
      else {
        this.blank();
        this.skip();
      }
      this.blank();
      const next = this.json.charCodeAt(this.at);
      this.at += 1;
      if (next === CLOSE_BRACE) return members;
      if (next !== COMMA) this.fault(this.at - 1);
      this.blank();
    }
  }

  /** Reads a name and its colon. */
  #name(): string {
    const from = this.at;
    const escaped = this.#string();
    const quoted = this.json.slice(from, this.at);
    this.#colon();
    return escaped ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
  }

  #colon(): void {
    if (this.#next() !== COLON) this.fault();
    this.at += 1;
  }

  /** Passes a value of any depth, without recursion. @returns how many levels of brackets it has, of which 2 means more. */
  skip(): number {
    const { json } = this;
    const open: boolean[] = [];
    let most = 0;
    for (;;) {
      const char = json.charCodeAt(this.at);
      if (char === OPEN_BRACE || char === OPEN_BRACKET) {
        const isObject = char === OPEN_BRACE;
        if (most <= open.length) most = Math.min(open.length + 1, 2);
        this.at += 1;
        if (this.#next() !== (isObject ? CLOSE_BRACE : CLOSE_BRACKET)) {
          open.push(isObject);
          if (isObject) this.#memberName();
          continue;
        }
        this.at += 1;
      } else this.#scalar(char);
      if (!this.#afterValue(open)) return most;
    }
  }

  /** Passes what follows a value. @returns false if there is no next one. @param open whether each open bracket is that of an object. */
  #afterValue(open: boolean[]): boolean {
    while (open.length > 0) {
      const char = this.#next();
      const isObject = open[open.length - 1] === true;
      this.at += 1;
      if (char === COMMA) {
        if (isObject) {
          this.blank();
          this.#memberName();
        } else this.#next();
        return true;
      }
      if (char !== (isObject ? CLOSE_BRACE : CLOSE_BRACKET)) this.fault(this.at - 1);
      open.pop();
    }
    return false;
  }

  /** Passes white space. @returns the character behind it. */
  #next(): number {
    const char = this.json.charCodeAt(this.at);
    if (char > 0x20) return char;
    this.blank();
    return this.json.charCodeAt(this.at);
  }

  #memberName(): void {
    this.#string();
    this.#colon();
    this.#next();
  }

  #scalar(char: number): void {
    if (char === QUOTE) {
      this.#string();
      return;
    }
    if (char === MINUS || isDigit(char)) {
      this.#number();
      return;
    }
    const literal = LITERALS.get(char);
    if (literal === undefined || !this.json.startsWith(literal, this.at)) this.fault();
    this.at += literal.length;
  }

  #number(): void {
    const { json } = this;
    let at = this.at;
    if (json.charCodeAt(at) === MINUS) at += 1;
    at = json.charCodeAt(at) === ZERO ? at + 1 : this.#digits(at);
    if (json.charCodeAt(at) === POINT) at = this.#digits(at + 1);
    const exponent = json.charCodeAt(at);
    if (exponent === 0x65 || exponent === 0x45) {
      const sign = json.charCodeAt(at + 1);
      at = this.#digits(sign === PLUS || sign === MINUS ? at + 2 : at + 1);
    }
    this.at = at;
  }

  /** @returns the place after one or more digits. */
  #digits(from: number): number {
    let at = from;
    while (isDigit(this.json.charCodeAt(at))) at += 1;
    return at > from ? at : this.fault(at);
  }

  /** @returns whether it has escapes. */
  #string(): boolean {
    const { json } = this;
    if (json.charCodeAt(this.at) !== QUOTE) this.fault();
    let escaped = false;
    let at = this.at + 1;
    for (;;) {
      const char = json.charCodeAt(at);
      if (char === QUOTE) break;
      if (char === BACKSLASH) {
        escaped = true;
        at = this.#escape(at + 1);
      } else if (char >= 0x20) at += 1;
      // Control characters are not allowed. At the end of the text the code is NaN.
      else this.fault(at);
    }
    this.at = at + 1;
    return escaped;
  }

  /** @returns the place after it. */
  #escape(at: number): number {
    const char = this.json.charCodeAt(at);
    if (char !== LETTER_U) return ESCAPES.has(char) ? at + 1 : this.fault(at);
    HEX.lastIndex = at + 1;
    return HEX.test(this.json) ? at + 5 : this.fault(at);
  }

  blank(): void {
    while (isBlank(this.json.charCodeAt(this.at))) this.at += 1;
  }

  fault(at = this.at): never {
    const what = at < this.json.length ? 'Unexpected text in JSON' : 'Unexpected end of JSON';
    throw new SyntaxError(`${what} at position ${at}`);
  }
}

function isDigit(char: number): boolean {
  return char >= ZERO && char <= NINE;
}
