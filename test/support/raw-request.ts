/** What a server answers to bytes that are no HTTP, until it closes the connection. */
import { connect } from 'node:net';

export function answerToNonsense(url: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write('NONSENSE\r\n\r\n'));
    let received = '';
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
    socket.on('end', () => {
      resolve(received);
    });
    socket.on('error', reject);
  });
}
