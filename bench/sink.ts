/**
 * A light receiver of webhooks for measuring, in a process of its own: raw `node:net`, keep-alive, no parser but a
 * look for the end of each request. By path prefix: `/ok` answers at once, `/slow/<ms>` after that time, `/hang`
 * never; `/fail` with 500. Reports arrival counts and latencies per path on its parent's request.
 *
 * Latency is from the `"produced_at":<ms>` that the loader writes into the user to the arrival of the request.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net';

interface PathStatistics {
  count: number;
  first: number;
  last: number;
  latencies: number[];
}

const paths = new Map<string, PathStatistics>();
const OK = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
const FAILED = Buffer.from('HTTP/1.1 500 Oops\r\ncontent-length: 0\r\n\r\n');

const server = createServer((socket) => {
  let pending = '';
  socket.setNoDelay(true);
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    pending += chunk.toString('latin1');
    for (;;) {
      const head = pending.indexOf('\r\n\r\n');
      if (head < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(pending.slice(0, head))?.[1] ?? 0);
      const end = head + 4 + length;
      if (pending.length < end) return;
      answer(
        socket,
        pending.slice(pending.indexOf(' ') + 1, pending.indexOf(' ', 8)),
        pending.slice(head + 4, end),
      );
      pending = pending.slice(end);
    }
  });
});

function answer(socket: Socket, path: string, body: string): void {
  const now = Date.now();
  let statistics = paths.get(path);
  if (!statistics) {
    statistics = { count: 0, first: now, last: now, latencies: [] };
    paths.set(path, statistics);
  }
  statistics.count += 1;
  statistics.last = now;
  const producedAt = /"produced_at":(\d+)/.exec(body)?.[1];
  if (producedAt !== undefined) statistics.latencies.push(now - Number(producedAt));
  if (path.startsWith('/hang')) return;
  const delay = Number(/^\/slow\/(\d+)/.exec(path)?.[1] ?? 0);
  const bytes = path.startsWith('/fail') ? FAILED : OK;
  if (delay > 0) setTimeout(() => socket.write(bytes), delay);
  else socket.write(bytes);
}

process.on('message', (message) => {
  if (message === 'reset') paths.clear();
  process.send?.(Object.fromEntries(paths));
});

server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
