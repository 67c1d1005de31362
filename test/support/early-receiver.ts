/**
 * A process of its own that answers every connection with the text of its argument as soon as the first bytes of a request
 * have come, and closes it: in one process with the sender, neither could go on while the other one does.
 */
import { createServer, type AddressInfo } from 'node:net';

const [, , answer = ''] = process.argv;

const server = createServer((socket) => {
  socket.on('error', () => undefined);
  socket.once('readable', () => {
    socket.read(1);
    socket.write(answer, () => socket.destroy());
  });
});
server.listen(0, '127.0.0.1', () => {
  process.send?.((server.address() as AddressInfo).port);
});
process.on('disconnect', () => process.exit());
