/**
 * Runs inside a network namespace that has nothing but loopback, to which public, private and metadata addresses were
 * added: whatever is dialled arrives here, and nowhere else. Sends to each with the built service's own `Sender`, and
 * prints what became of it and which addresses were connected to.
 */
import { createServer } from 'node:http';
import { networkInterfaces } from 'node:os';

const others = Object.keys(networkInterfaces()).filter((name) => name !== 'lo');
if (others.length > 0) throw new Error(`this is no namespace of its own: it has ${others.join(', ')}`);

const { Sender } = (await import(new URL('../../dist/delivery/sender.js', import.meta.url).href)) as {
  Sender: new (settings: object) => {
    send(request: object, done: (result: { failure?: { errorCode: string } }) => void): void;
    close(): Promise<void>;
  };
};

const dialled: string[] = [];
const server = createServer((_request, response) => response.end('ok'));
server.on('connection', ({ localAddress }) => dialled.push(String(localAddress).replace('::ffff:', '')));
await new Promise<void>((resolve) => server.listen(8080, '::', resolve));

const sender = new Sender({ ALLOWED_SUBNETS: ['10.0.0.0/8'], DELIVERY_PROXY: undefined });
const outcomes: Record<string, string> = {};
for (const host of process.argv.slice(2)) {
  outcomes[host] = await new Promise((resolve) => {
    const request = {
      origin: `http://${host}:8080`,
      path: '/',
      method: 'POST',
      headers: [],
      body: Buffer.from('{}'),
    };
    sender.send({ ...request, timeoutMs: 5_000, caCertificates: null }, ({ failure }) => {
      resolve(failure?.errorCode ?? 'delivered');
    });
  });
}
await sender.close();
server.closeAllConnections();
server.close();
console.log(JSON.stringify({ outcomes, dialled }));
