/**
 * Lets every reconnect of kafkajs begin with nothing of the connection before.
 *
 * kafkajs 2.2.4 keeps one object per broker over reconnects, and in it the bytes of an answer that was cut off: what the
 * next socket brings is appended to them, so no later request on it is ever answered. And events of the old socket, such
 * as its late end, disconnect the new one. A socket that has closed is let go again and again while its broker is away;
 * each time it would wait for a connection that never comes, until Node warns of a leak.
 */
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

interface Connection {
  socket?: Socket;
  chunks: Buffer[];
  bytesBuffered: number;
  bytesNeeded: number;
  readonly requestQueue: { readonly inflight: ReadonlyMap<number, unknown> };
  isConnected(): boolean;
  connect(): Promise<true>;
}

/** An answer begins with its length, in four bytes. */
const LENGTH_BYTES = 4;

let done = false;

/** Changes kafkajs for the whole process; only the first call does something. */
export function useFreshConnections(): void {
  if (done) return;
  done = true;
  const require = createRequire(import.meta.url);
  const { prototype } = require('kafkajs/src/network/connection') as { prototype: Connection };
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with the connection as `this`
  const { connect } = prototype;
  prototype.connect = function (this: Connection): Promise<true> {
    // Requests are rejected when their connection ends, but one that is being closed in good order still answers some.
    if (!this.isConnected() && this.requestQueue.inflight.size === 0) forget(this);
    const { socket } = this;
    const connecting = connect.call(this);
    if (this.socket && this.socket !== socket) letGoOnlyWhileItLives(this.socket);
    return connecting;
  };
}

function letGoOnlyWhileItLives(socket: Socket): void {
  const unref = socket.unref.bind(socket);
  socket.unref = () => (socket.destroyed ? socket : unref());
}

function forget(connection: Connection): void {
  const { socket } = connection;
  if (socket) {
    for (const event of ['data', 'end', 'error', 'timeout']) socket.removeAllListeners(event);
    // A late error of it concerns nobody.
    socket.on('error', () => undefined);
    socket.destroy();
  }
  connection.chunks = [];
  connection.bytesBuffered = 0;
  connection.bytesNeeded = LENGTH_BYTES;
}
