/**
 * What a connection writes. A receiver that takes no more of a request may have answered it: so a write that fails does
 * not end the connection, as Node would have it, and what was sent before it broke is read.
 */
import type { Socket } from 'node:net';

/** The receiver has closed the connection; reading comes to its end as well. */
const CLOSED = new Set(['EPIPE', 'ECONNRESET']);

type Done = (error?: Error | null) => void;

export class Writing {
  readonly #socket: Socket;
  #failed = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    const write = socket._write.bind(socket);
    const writeAll = socket._writev?.bind(socket);
    socket._write = (chunk, encoding, done) => {
      write(chunk, encoding, this.#forgiving(done));
    };
    if (!writeAll) return;
    socket._writev = (chunks, done) => {
      writeAll(chunks, this.#forgiving(done));
    };
  }

  /** Whether all that was to be written is. */
  get isDone(): boolean {
    return !this.#failed && this.#socket.writableLength === 0;
  }

  #forgiving(done: Done): Done {
    return (error) => {
      const closed = error && CLOSED.has((error as NodeJS.ErrnoException).code ?? '');
      if (closed) this.#failed = true;
      done(closed ? null : error);
    };
  }
}
