/**
 * A light receiver of webhooks for measuring, in a process of its own: raw `node:net` or `node:tls`, keep-alive, no
 * parser but a look for the end of each request. By path prefix: `/ok` answers at once, `/slow/<ms>` after that time,
 * `/hang` never, `/fail` with 500. Reports arrivals and latencies per path on its parent's request.
 *
 * Latency is from the `"produced_at":<ms>` that the loader writes into the user to the arrival of the request.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

interface PathStatistics {
  count: number;
  first: number;
  last: number;
  /** How many arrived after that many milliseconds. */
  latencies: Record<number, number>;
}

const paths = new Map<string, PathStatistics>();
let arrived = 0;
const OK = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
const FAILED = Buffer.from('HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n');
const HEAD_END = '\r\n\r\n';
const PRODUCED_AT = '"produced_at":';
const MS_DIGITS = 13;

function serve(socket: Socket): void {
  let pending = '';
  socket.setNoDelay(true);
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    pending = pending === '' ? chunk.toString('latin1') : pending + chunk.toString('latin1');
    for (;;) {
      const head = pending.indexOf(HEAD_END);
      if (head < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(pending.slice(0, head))?.[1] ?? 0);
      const end = head + HEAD_END.length + length;
      if (pending.length < end) return;
      const path = pending.slice(pending.indexOf(' ') + 1, pending.indexOf(' ', 8));
      answer(socket, path, pending.slice(head + HEAD_END.length, end));
      pending = pending.slice(end);
    }
  });
}

function answer(socket: Socket, path: string, body: string): void {
  const now = Date.now();
  let statistics = paths.get(path);
  if (!statistics) {
    statistics = { count: 0, first: now, last: now, latencies: {} };
    paths.set(path, statistics);
  }
  arrived += 1;
  statistics.count += 1;
  statistics.last = now;
  const producedAt = body.indexOf(PRODUCED_AT);
  if (producedAt >= 0) {
    const from = producedAt + PRODUCED_AT.length;
    const latency = now - Number(body.slice(from, from + MS_DIGITS));
    statistics.latencies[latency] = (statistics.latencies[latency] ?? 0) + 1;
  }
  if (path.startsWith('/hang')) return;
  const bytes = path.startsWith('/fail') ? FAILED : OK;
  if (!path.startsWith('/slow')) {
    socket.write(bytes);
    return;
  }
  setTimeout(() => socket.write(bytes), Number(path.split('/')[2]));
}

/** With a key and a certificate in its environment it speaks TLS. */
function makeServer(): Server {
  const { SINK_KEY: key, SINK_CERT: cert } = process.env;
  return key === undefined || cert === undefined
    ? createServer(serve)
    : createTlsServer({ key, cert }, serve);
}

process.on('message', (message) => {
  if (message === 'count') {
    process.send?.({ arrived });
    return;
  }
  const soFar = Object.fromEntries(paths);
  if (message === 'reset') {
    paths.clear();
    arrived = 0;
  }
  process.send?.(soFar);
});

const server = makeServer();
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
