/**
 * A receiver over TLS in a process of its own, so that it answers while the sender is at work: sends its port, and for
 * each message that it gets the number of its connections so far.
 */
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TRUSTED } from './test-authority.ts';

let connections = 0;

const server = createServer(TRUSTED, (request, response) => {
  request.resume().on('end', () => response.end('ok'));
});
server.on('secureConnection', () => (connections += 1));
server.listen(0, '127.0.0.1', () => {
  process.send?.((server.address() as AddressInfo).port);
});
process.on('message', () => process.send?.(connections));
process.on('disconnect', () => process.exit());
