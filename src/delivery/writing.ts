/**
 * What a connection writes. A receiver that takes no more of a request may have answered it: so a write that fails does
 * not end the connection, as Node would have it, and what was sent before it broke is read.
 *
 * On a connection that was used before, a request is written one turn of the event loop later than undici would have it:
 * what had come behind the answer before it is read until then, and is known not to answer it.
 */
import type { Socket } from 'node:net';
import type { Reading } from './reading.ts';

/** The receiver has closed the connection; reading comes to its end as well. */
const CLOSED = new Set(['EPIPE', 'ECONNRESET']);

type Done = (error?: Error | null) => void;

export class Writing {
  readonly #socket: Socket;
  readonly #reading: Reading;
  #requestBegins = false;
  #failed = false;

  constructor(socket: Socket, reading: Reading) {
    this.#socket = socket;
    this.#reading = reading;
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

  /** What is written next is a request. */
  requestBegins(): void {
    this.#requestBegins = true;
  }

  /** Whether all that was to be written is. */
  get isDone(): boolean {
    return !this.#failed && this.#socket.writableLength === 0;
  }

  #pass(done: Done, write: (forgiving: Done) => void): void {
    const forgiving: Done = (error) => {
      const closed = error && CLOSED.has((error as NodeJS.ErrnoException).code ?? '');
      if (closed) this.#failed = true;
      done(closed ? null : error);
    };
    if (!this.#requestBegins) {
      write(forgiving);
      return;
    }
    this.#requestBegins = false;
    const begin = (): void => {
      this.#reading.expectAnswer();
      write(forgiving);
    };
    if (this.#reading.hasBegun) inNextTurn(begin);
    else begin();
  }
}

let works: (() => void)[] = [];

/** One immediate for all of them, as each costs as much as many of them do. */
function inNextTurn(work: () => void): void {
  if (works.push(work) > 1) return;
  setImmediate(() => {
    const due = works;
    works = [];
    for (const one of due) one();
  });
}
