/**
 * One open socket to a receiver: how undici reads answers from it and writes requests to it. In these ways it differs from
 * what Node and undici do:
 *
 * - The bytes of an answer are limited. Bytes that answer no request end the connection. Their form is left to `AnswerFraming`.
 * - A failed write does not end the connection. A receiver may answer, and then read no more of the request. Its answer must
 *   still be read.
 * - On a used connection, a request is written one turn of the event loop later. Before that, bytes that came after the
 *   previous answer are read. So they are not taken for the answer to this request.
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

/** Errors of writing that mean that the receiver has closed the connection. Reading ends by itself then. */
const CLOSED = new Set(['EPIPE', 'ECONNRESET']);

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

type Done = (error?: Error | null) => void;

/** From when the connection is open. Bytes of a handshake, or of a proxy's answer, do not count. */
export class ReceiverSocket {
  readonly #socket: Socket;
  readonly #framing = new AnswerFraming();
  readonly #unsolicited: () => void;
  /** How many bytes came, over all answers. */
  #bytes = 0;
  #bytesBeforeRequest = 0;
  #requestBegins = false;
  #answerMayCome = false;
  #writeFailed = false;

  /** @param unsolicited called when bytes come that answer no request. */
  constructor(socket: Socket, unsolicited: () => void) {
    this.#socket = socket;
    this.#unsolicited = unsolicited;
    socket.on('error', (error: Error) => {
      if (this.#bytes > 0 && this.#bytes === this.#bytesBeforeRequest) closedWhileIdle.add(error);
      // An error of TLS does not end the connection. It is ended here, so that this error is reported and not a later one.
      // It waits a moment, so that bytes already read are parsed first.
      process.nextTick(() => socket.destroy(error));
    });
    this.#readInPieces();
    this.#writeForgiving();
  }

  /** Whether no request waits for an answer, but the receiver could still send something. */
  get isBetweenAnswers(): boolean {
    return !this.#answerMayCome && !this.#socket.readableEnded;
  }

  /** Whether all of the request is written. */
  get isWritten(): boolean {
    return !this.#writeFailed && this.#socket.writableLength === 0;
  }

  /** The connection is taken for a request. What comes before that is written is not its answer. */
  taken(): void {
    this.#bytesBeforeRequest = this.#bytes;
  }

  /** The next write is the beginning of the request. */
  requestBegins(): void {
    this.#requestBegins = true;
  }

  answerEnds(): void {
    this.#answerMayCome = false;
  }

  #readInPieces(): void {
    const socket = this.#socket;
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

  #take(piece: Buffer): Buffer | TransportFailure {
    if (!this.#answerMayCome) return this.#refuse(piece);
    this.#bytes += piece.length;
    if (this.#bytes - this.#bytesBeforeRequest <= MAX_ANSWER_BYTES) return this.#framing.take(piece);
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

  #writeForgiving(): void {
    const socket = this.#socket;
    const write = socket._write.bind(socket);
    const writeAll = socket._writev?.bind(socket);
    socket._write = (chunk, encoding, done) => {
      this.#pass(done, (forgiving) => {
        write(chunk, encoding, forgiving);
      });
    };
    if (!writeAll) return;
    socket._writev = (chunks, done) => {
      this.#pass(done, (forgiving) => {
        writeAll(chunks, forgiving);
      });
    };
  }

  #pass(done: Done, write: (forgiving: Done) => void): void {
    const forgiving: Done = (error) => {
      const closed = error && CLOSED.has((error as NodeJS.ErrnoException).code ?? '');
      if (closed) this.#writeFailed = true;
      done(closed ? null : error);
    };
    if (!this.#requestBegins) {
      write(forgiving);
      return;
    }
    this.#requestBegins = false;
    const begin = (): void => {
      // What comes from now on is the answer.
      this.#answerMayCome = true;
      this.#framing.expectAnswer();
      write(forgiving);
    };
    if (this.#bytes > 0) inNextTurn(begin);
    else begin();
  }
}

/** Some old servers send an empty line after a body (RFC 9112 section 2.2 knows the same of clients). */
function isEmptyLines(piece: Buffer): boolean {
  return piece.every((byte) => byte === 0x0d || byte === 0x0a);
}

let works: (() => void)[] = [];

/** All connections share one immediate, because each immediate costs as much as the work of many. */
function inNextTurn(work: () => void): void {
  if (works.push(work) > 1) return;
  setImmediate(() => {
    const due = works;
    works = [];
    for (const one of due) one();
  });
}
