/** What a connection reads, bounded, and whether it had begun to read an answer when it broke. */
import type { Socket } from 'node:net';
import { AnswerFraming } from './answer-framing.ts';
import { TransportFailure } from './transport-failure.ts';

/**
 * Bytes of one answer, framing and all. What is read of a body and of headers is far less: this ends what has neither,
 * such as informational answers or chunk extensions without end.
 */
const MAX_ANSWER_BYTES = 1024 * 1024;

/**
 * An answer is parsed in pieces of this size, and no piece follows when the socket is destroyed. Sockets give out 64 KiB
 * and more at once, and undici goes on to parse all of it after it has given up: of every header beyond its limit it
 * makes an error with its stack, and thousands of them cost half a second.
 */
const PIECE_BYTES = 2 * 1024;

/** Errors of connections that had served an answer before, and have not read a byte since the next request came. */
const closedWhileIdle = new WeakSet();

/**
 * Whether the error is that of a kept-alive connection that turned out to be closed before any byte of an answer, or to
 * be of no more use before the request was written.
 */
export function wasClosedWhileIdle(error: unknown): boolean {
  return typeof error === 'object' && error !== null && closedWhileIdle.has(error);
}

/** Why a connection cannot carry a request that is not written yet. */
export function unfit(why: string): TransportFailure {
  const failure = new TransportFailure('connection_reset', why);
  closedWhileIdle.add(failure);
  return failure;
}

/** Of one connection, from when it stands: a handshake, or what a proxy answered, does not count. */
export class Reading {
  readonly #socket: Socket;
  readonly #framing = new AnswerFraming();
  readonly #unasked: () => void;
  #bytes = 0;
  #beforeRequest = 0;
  #answerMayCome = false;

  /** @param unasked called when something comes that answers no request. */
  constructor(socket: Socket, unasked: () => void) {
    this.#socket = socket;
    this.#unasked = unasked;
    socket.on('error', (fault: Error) => {
      if (this.#bytes > 0 && this.#bytes === this.#beforeRequest) closedWhileIdle.add(fault);
      // A fault of TLS does not end the connection, and what ends it then would be told instead. What was read is first.
      process.nextTick(() => socket.destroy(fault));
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

  /** Whether no answer may come now, though something could. */
  get isBetweenAnswers(): boolean {
    return !this.#answerMayCome && !this.#socket.readableEnded;
  }

  /** A request is to be written, as soon as that may be. */
  requestBegins(): void {
    this.#beforeRequest = this.#bytes;
  }

  /** It is written: what comes from now on is its answer. */
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
    this.#unasked();
    return unfit('the receiver sent what it was not asked for');
  }
}

/** Some servers of old send one behind a body (RFC 9112 2.2 has servers ignore them). */
function isEmptyLines(piece: Buffer): boolean {
  return piece.every((byte) => byte === 0x0d || byte === 0x0a);
}
