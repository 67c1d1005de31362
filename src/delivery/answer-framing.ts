/**
 * Changes an answer so that undici's parser can read it: RFC 9110 and 9112 require a client to read more than it does. It
 * removes informational answers and trailers (RFC 9110 sections 15.2, 6.5). It joins folded field lines (RFC 9112 section
 * 5.2), moves white space from behind a value to before it (5.1), keeps one of several equal lengths (6.3), and removes chunk
 * extensions with white space (7.1.1).
 *
 * A head, the first line of a chunk or a trailer section is held until all of it has come. Invalid answers are left to the
 * parser, which refuses them; only statuses that would make it throw are refused here.
 */
import { TransportFailure } from './transport-failure.ts';

/** For a head, the first line of a chunk, or a trailer section. All their bytes count. */
const MAX_HELD_BYTES = 12 * 1024;

const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const COMMA = 44;
const DIGIT_0 = 48;
const COLON = 58;
const LOWER_CASE = 32;
const EMPTY_LINE = Buffer.from('\r\n\r\n');
const PREFIX = Buffer.from('HTTP/1.');
/** `HTTP/1.1 200` */
const STATUS_END = 12;
const CONTENT_LENGTH = Buffer.from('content-length:');
const TRANSFER_ENCODING = Buffer.from('transfer-encoding:');
/** It cannot be known before more bytes have come. */
const UNKNOWN = -1;

/** The part of the answer that comes next. `other` is passed on unchanged, for example a body of known length. */
type Part = 'head' | 'chunk line' | 'chunk' | 'trailers' | 'other';

export class AnswerFraming {
  #part: Part = 'other';
  #chunked = false;
  /** Where the first `Content-Length` of the head begins. */
  #lengthAt = UNKNOWN;
  /** How much of the chunk is still to come, including the line end after it. */
  #chunkBytesLeft = 0;
  #held: Buffer | null = null;

  /** A request is written, so an answer may follow. */
  expectAnswer(): void {
    this.#part = 'head';
    this.#held = null;
  }

  /**
   * @param piece the next bytes of the connection. They are changed in place.
   * @returns what the parser may read now, which may be nothing; or why this is not a valid answer.
   */
  take(piece: Buffer): Buffer | TransportFailure {
    let part = this.#part;
    if (part === 'other') return piece;
    const bytes = this.#held ? Buffer.concat([this.#held, piece]) : piece;
    this.#held = null;
    let begin = 0;
    let at = 0;
    while (part !== 'other' && at < bytes.length) {
      const next = part === 'head' ? this.#passHead(bytes, at) : this.#passInBody(part, bytes, at);
      if (next instanceof TransportFailure) return next;
      if (next === UNKNOWN) {
        if (bytes.length - at > MAX_HELD_BYTES) return invalid('its headers or a line of it are too long');
        this.#held = Buffer.from(bytes.subarray(at));
        return bytes.subarray(begin, at);
      }
      if (part === 'trailers') begin = leaveOut(bytes, begin, at, next - 2);
      at = next;
      // The head was that of an informational answer, and another head follows.
      if (part === 'head' && this.#part === part) begin = next;
      part = this.#part;
    }
    return begin === 0 ? bytes : bytes.subarray(begin);
  }

  /** @returns where the head ends. */
  #passHead(bytes: Buffer, from: number): number | TransportFailure {
    const first = bytes[from];
    if (first === CR || first === LF) return from + 1;
    const status = statusAt(bytes, from);
    if (status === UNKNOWN) return UNKNOWN;
    if (status === null) {
      this.#part = 'other';
      return from;
    }
    if (status < 100)
      return invalid(`its status is ${String(status).padStart(3, '0')}, and there is none below 100`);
    if (status === 101) {
      return new TransportFailure(
        'connection_reset',
        'the receiver went over to another protocol (101), which it was not asked for',
      );
    }
    // It is left out. To correct the fields of all heads that fit into an answer would take half a second.
    if (status < 200) return endOfHead(bytes, from + STATUS_END);
    const end = this.#passFields(bytes, from);
    const hasChunks = this.#chunked && status !== 204 && status !== 304;
    if (end !== UNKNOWN) this.#part = hasChunks ? 'chunk line' : 'other';
    return end;
  }

  #passInBody(part: Part, bytes: Buffer, from: number): number {
    if (part === 'chunk line') return this.#passChunkLine(bytes, from);
    if (part === 'chunk') {
      const passed = Math.min(this.#chunkBytesLeft, bytes.length - from);
      this.#chunkBytesLeft -= passed;
      if (this.#chunkBytesLeft === 0) this.#part = 'chunk line';
      return from + passed;
    }
    const none = bytes[from] === CR && bytes[from + 1] === LF;
    const last = none ? from - 2 : bytes.indexOf(EMPTY_LINE, from);
    if (last === UNKNOWN) return UNKNOWN;
    this.#part = 'other';
    return last + EMPTY_LINE.length;
  }

  #passChunkLine(bytes: Buffer, from: number): number {
    const end = bytes.indexOf(LF, from);
    if (end < 0) return UNKNOWN;
    const text = bytes.toString('latin1', from, end);
    const digits = /^[0-9A-Fa-f]+/.exec(text)?.[0];
    if (digits === undefined) {
      this.#part = 'other';
      return from;
    }
    // The parser refuses white space there, so the line becomes the size with zeros before it.
    if (/^[ \t;][^\r]*\r$/.test(text.slice(digits.length)) && /[ \t]/.test(text))
      bytes.write(digits.padStart(text.length - 1, '0'), from, 'latin1');
    const size = parseInt(digits, 16);
    this.#part = size === 0 ? 'trailers' : 'chunk';
    this.#chunkBytesLeft = size + 2;
    return end + 1;
  }

  /** Passes the lines of the head, from the status line to the empty line. */
  #passFields(bytes: Buffer, from: number): number {
    this.#chunked = false;
    this.#lengthAt = UNKNOWN;
    let line = from;
    /** Where the field line before this one begins. */
    let previous = from;
    let folded = false;
    for (let at = from + STATUS_END; at < bytes.length; at += 1) {
      if (bytes[at] !== LF) continue;
      const end = bytes[at - 1] === CR ? at - 1 : at;
      if (end <= line) return at + 1;
      const next = bytes[at + 1];
      if (next === undefined) return UNKNOWN;
      const isField = line !== from;
      if (isField && isBlank(next)) {
        folded = true;
        continue;
      }
      if (isField) {
        if (folded || isBlank(bytes[end - 1])) writeValue(bytes, line, end, valueOf(bytes, line, end));
        if (!this.#repeatsLength(bytes, line, end)) previous = line;
        else writeValue(bytes, previous, end, valueOf(bytes, previous, line));
        this.#noteCoding(bytes, line, end);
      }
      folded = false;
      line = at + 1;
    }
    return UNKNOWN;
  }

  /** Whether the line repeats a `Content-Length` with the same value. A list of equal values becomes one value. */
  #repeatsLength(bytes: Buffer, from: number, end: number): boolean {
    if (!isNamed(bytes, from, CONTENT_LENGTH)) return false;
    const first = this.#lengthAt;
    if (first === UNKNOWN) this.#lengthAt = from;
    let isList = false;
    for (let at = from + CONTENT_LENGTH.length; at < end; at += 1) isList ||= bytes[at] === COMMA;
    if (first === UNKNOWN && !isList) return false;
    const listed = valueOf(bytes, from, end).split(',');
    const [length = '', ...others] = new Set(listed.map((one) => one.trim()));
    if (others.length > 0) return false;
    if (isList) writeValue(bytes, from, end, length);
    return first !== UNKNOWN && valueOf(bytes, first, bytes.indexOf(LF, first)) === length;
  }

  #noteCoding(bytes: Buffer, from: number, end: number): void {
    if (!isNamed(bytes, from, TRANSFER_ENCODING)) return;
    const codings = valueOf(bytes, from, end).toLowerCase().split(',');
    this.#chunked = codings.at(-1)?.trim() === 'chunked';
  }
}

/** @param from within the status line. @returns where the empty line ends. */
function endOfHead(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(LF, from); at !== UNKNOWN; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === LF) return at + 2;
    if (bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3;
  }
  return UNKNOWN;
}

/** @returns null if the parser must judge the line. A minor version of HTTP/1 that is not known is changed to 1.1. */
function statusAt(bytes: Buffer, from: number): number | null {
  const known = Math.min(bytes.length - from, PREFIX.length);
  for (let at = 0; at < known; at += 1) if (bytes[from + at] !== PREFIX[at]) return null;
  if (bytes.length - from < STATUS_END) return UNKNOWN;
  let status = 0;
  for (let at = from + STATUS_END - 3; at < from + STATUS_END; at += 1) {
    const digit = (bytes[at] ?? 0) - DIGIT_0;
    if (digit < 0 || digit > 9) return null;
    status = status * 10 + digit;
  }
  const minor = (bytes[from + PREFIX.length] ?? 0) - DIGIT_0;
  if (minor > 1 && minor <= 9) bytes[from + PREFIX.length] = DIGIT_0 + 1;
  return status;
}

/** The value of a field line. Each fold becomes a space. */
function valueOf(bytes: Buffer, from: number, end: number): string {
  const text = bytes.toString('latin1', from, end);
  const lines = text.slice(text.indexOf(':') + 1).split('\n');
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ');
}

/** Replaces a value by one that is not longer. It is written at the end of the line, with spaces before it. */
function writeValue(bytes: Buffer, from: number, end: number, value: string): void {
  const colon = bytes.indexOf(COLON, from);
  if (colon >= 0 && colon < end) bytes.write(value.padStart(end - colon - 1, ' '), colon + 1, 'latin1');
}

/** Removes bytes by moving those before them forward. @returns where the remaining bytes begin. */
function leaveOut(bytes: Buffer, begin: number, from: number, end: number): number {
  bytes.copyWithin(end - (from - begin), begin, from);
  return end - (from - begin);
}

/** @param name in lower case, with its colon. */
function isNamed(bytes: Buffer, from: number, name: Buffer): boolean {
  for (let at = 0; at < name.length; at += 1)
    if (((bytes[from + at] ?? 0) | LOWER_CASE) !== name[at]) return false;
  return true;
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB;
}

function invalid(why: string): TransportFailure {
  return new TransportFailure('invalid_response', `the answer is not valid HTTP: ${why}`);
}
