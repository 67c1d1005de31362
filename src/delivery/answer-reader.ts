/**
 * Reads the answers of one connection. It limits the bytes of an answer, and knows whether an answer had begun when the
 * connection broke. Bytes that answer no request end the connection. Their form is left to `AnswerFraming`.
 */
import type { Socket } from 'node:net';
import { AnswerFraming } from './answer-framing.ts';
import { TransportFailure } from './transport-failure.ts';

/**
 * The most bytes of one answer, including its framing. Bodies and headers have much lower limits. This one ends answers
 * that consist of something else, such as endless informational answers or chunk extensions.
 */
const MAX_ANSWER_BYTES = 1024 * 1024;

/**
 * An answer is parsed in pieces of this size, and parsing stops when the socket is destroyed. A socket gives 64 KiB and more
 * at once. undici parses all of it, even after it has given up. It makes an error with a stack for every header beyond its
 * limit, and thousands of them cost half a second.
 */
const PIECE_BYTES = 2 * 1024;

/** Errors of used connections that have not read a byte since their next request. */
const closedWhileIdle = new WeakSet();

/**
 * Whether the request may be sent again on a fresh connection: the kept-alive connection was closed before any byte of the
 * answer, or could not be used any more before the request was written.
 */
export function wasClosedWhileIdle(error: unknown): boolean {
  return typeof error === 'object' && error !== null && closedWhileIdle.has(error);
}

/** @returns the failure of a request that is not written, because its connection cannot be used any more. */
export function unusable(why: string): TransportFailure {
  const failure = new TransportFailure('connection_reset', why);
  closedWhileIdle.add(failure);
  return failure;
}

/** For one connection, from when it is open. Bytes of a handshake, or of a proxy's answer, do not count. */
export class AnswerReader {
  readonly #socket: Socket;
  readonly #framing = new AnswerFraming();
  readonly #unsolicited: () => void;
  #bytes = 0;
  #beforeRequest = 0;
  #answerMayCome = false;

  /** @param unsolicited called when bytes come that answer no request. */
  constructor(socket: Socket, unsolicited: () => void) {
    this.#socket = socket;
    this.#unsolicited = unsolicited;
    socket.on('error', (error: Error) => {
      if (this.#bytes > 0 && this.#bytes === this.#beforeRequest) closedWhileIdle.add(error);
      // An error of TLS does not end the connection. It is ended here, so that this error is reported and not a later one.
      // It waits a moment, so that bytes already read are parsed first.
      process.nextTick(() => socket.destroy(error));
    });
    const read = socket.read.bind(socket) as (size?: number) => Buffer | null;
    socket.read = () => {
      while (!socket.destroyed) {
        const piece = read(Math.min(socket.readableLength, PIECE_BYTES) || undefined);
        if (piece === null) return null;
        const parsable = this.#take(piece);
        if (parsable instanceof TransportFailure) socket.destroy(parsable);
        else if (parsable.length > 0) return parsable;
      }
      return null;
    };
  }

  get hasBegun(): boolean {
    return this.#bytes > 0;
  }

  /** Whether no request waits for an answer, but the receiver could still send something. */
  get isBetweenAnswers(): boolean {
    return !this.#answerMayCome && !this.#socket.readableEnded;
  }

  /** A request will be written next. */
  requestBegins(): void {
    this.#beforeRequest = this.#bytes;
  }

  /** The request is written now. What comes from now on is its answer. */
  expectAnswer(): void {
    this.#answerMayCome = true;
    this.#framing.expectAnswer();
  }

  answerEnds(): void {
    this.#answerMayCome = false;
  }

  #take(piece: Buffer): Buffer | TransportFailure {
    if (!this.#answerMayCome) return this.#refuse(piece);
    this.#bytes += piece.length;
    if (this.#bytes - this.#beforeRequest <= MAX_ANSWER_BYTES) return this.#framing.take(piece);
    return new TransportFailure(
      'invalid_response',
      `the answer was given up after ${MAX_ANSWER_BYTES} bytes`,
    );
  }

  #refuse(piece: Buffer): Buffer | TransportFailure {
    if (isEmptyLines(piece)) return piece.subarray(0, 0);
    this.#unsolicited();
    return unusable('the receiver sent data that answers no request');
  }
}

/** Some old servers send an empty line after a body (RFC 9112 section 2.2 knows the same of clients). */
function isEmptyLines(piece: Buffer): boolean {
  return piece.every((byte) => byte === 0x0d || byte === 0x0a);
}
