/** What a connection reads, bounded, and whether it had begun to read an answer when it broke. */
import type { Socket } from 'node:net';
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

/** Whether the error is that of a kept-alive connection that turned out to be closed before any byte of an answer. */
export function wasClosedWhileIdle(error: unknown): boolean {
  return typeof error === 'object' && error !== null && closedWhileIdle.has(error);
}

/** Of one connection, from when it stands: a handshake, or what a proxy answered, does not count. */
export class Reading {
  #bytes = 0;
  #beforeRequest = 0;

  constructor(socket: Socket) {
    socket.on('error', (fault: Error) => {
      if (this.#bytes > 0 && this.#bytes === this.#beforeRequest) closedWhileIdle.add(fault);
    });
    const read = socket.read.bind(socket) as (size?: number) => Buffer | null;
    socket.read = () => {
      if (socket.destroyed) return null;
      const piece = read(Math.min(socket.readableLength, PIECE_BYTES) || undefined);
      this.#bytes += piece?.length ?? 0;
      if (this.#bytes - this.#beforeRequest <= MAX_ANSWER_BYTES) return piece;
      const message = `the answer was given up after ${MAX_ANSWER_BYTES} bytes`;
      socket.destroy(new TransportFailure('invalid_response', message));
      return null;
    };
  }

  /** A request is to be written, as soon as that may be. */
  requestBegins(): void {
    this.#beforeRequest = this.#bytes;
  }
}
