/**
 * Writes the requests of one connection. In two ways it differs from Node and undici:
 *
 * - A failed write does not end the connection. A receiver may answer, and then read no more of the request. Its answer must
 *   still be read.
 * - On a used connection, a request is written one turn of the event loop later. Before that, bytes that came after the
 *   previous answer are read. So they are not taken for the answer to this request.
 */
import type { Socket } from 'node:net';
import type { AnswerReader } from './answer-reader.ts';

/** The receiver has closed the connection. Reading ends by itself then. */
const CLOSED = new Set(['EPIPE', 'ECONNRESET']);

type Done = (error?: Error | null) => void;

export class RequestWriter {
  readonly #socket: Socket;
  readonly #reader: AnswerReader;
  #requestBegins = false;
  #failed = false;

  constructor(socket: Socket, reading: AnswerReader) {
    this.#socket = socket;
    this.#reader = reading;
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

  /** The next write is the beginning of a request. */
  requestBegins(): void {
    this.#requestBegins = true;
  }

  /** Whether all of the request is written. */
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
      this.#reader.expectAnswer();
      write(forgiving);
    };
    if (this.#reader.hasBegun) inNextTurn(begin);
    else begin();
  }
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
