/**
 * Lets every reconnect of kafkajs begin without any state of the connection before.
 *
 * kafkajs 2.2.4 uses the same object for a broker after a reconnect. That object still holds the bytes of an answer that was
 * cut off. The bytes of the new socket are appended to them, so no later request is ever answered. Late events of the old
 * socket disconnect the new one. And while a broker is away, kafkajs calls `unref` again and again on a closed socket. Each
 * call adds a listener for a connection that never comes, until Node warns of a leak.
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
  const underWay = new WeakMap<Connection, Promise<true>>();
  prototype.connect = function (this: Connection): Promise<true> {
    // A second call while it connects would replace the socket of the first call, which would then wait for ever.
    const known = underWay.get(this);
    if (known) return known;
    // A connection that is being closed in good order may still get answers, so its state is kept until they have come.
    if (!this.isConnected() && this.requestQueue.inflight.size === 0) forget(this);
    const { socket } = this;
    const connecting = connect.call(this).finally(() => underWay.delete(this));
    underWay.set(this, connecting);
    if (this.socket && this.socket !== socket) unrefOnlyWhileOpen(this.socket);
    return connecting;
  };
}

function unrefOnlyWhileOpen(socket: Socket): void {
  const unref = socket.unref.bind(socket);
  socket.unref = () => (socket.destroyed ? socket : unref());
}

function forget(connection: Connection): void {
  const { socket } = connection;
  if (socket) {
    for (const event of ['data', 'end', 'error', 'timeout']) socket.removeAllListeners(event);
    // Without a listener, a late error would end the process.
    socket.on('error', () => undefined);
    socket.destroy();
  }
  connection.chunks = [];
  connection.bytesBuffered = 0;
  connection.bytesNeeded = LENGTH_BYTES;
}
