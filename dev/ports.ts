/**
 * Checks the ports of the development stack before anything is started on them. Otherwise a second broker on a taken port
 * would die unnoticed, while clients reach the first one.
 */
import { createServer } from 'node:net';
import { Fault, isErrno, messageOf } from './fault.ts';

export interface WantedPort {
  readonly host: string;
  readonly port: number;
  /** Who wants the port, as the subject of a sentence. */
  readonly owner: string;
  /** The setting that changes the port; null if a program chose it. */
  readonly setting: string | null;
}

/** @throws Fault if nothing can listen there. */
export async function assertPortFree(wanted: WantedPort): Promise<void> {
  try {
    await listenOnce(wanted.host, wanted.port);
  } catch (error) {
    const place = `${wanted.host}:${wanted.port}`;
    const wayOut = wanted.setting === null ? 'take another port' : `set ${wanted.setting} to a free port`;
    if (isErrno(error, 'EADDRINUSE')) {
      throw new Fault(
        `${wanted.owner} cannot start because ${place} is taken: stop what uses it, or ${wayOut}.`,
      );
    }
    if (isErrno(error, 'EACCES')) {
      throw new Fault(
        `${wanted.owner} may not listen on ${place} without more rights: ${wayOut} above 1023.`,
      );
    }
    throw new Fault(
      `${wanted.owner} cannot listen on ${place} (${messageOf(error)}): correct HOST or the port.`,
    );
  }
}

const handedOut = new Set<number>();

/**
 * A free loopback port. It lies below the range that systems use for outgoing connections. So it is still free after a fault
 * test has stopped its owner for a while. No port is given out twice.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const candidate = 20_000 + Math.floor(Math.random() * 12_000);
    if (handedOut.has(candidate)) continue;
    try {
      await listenOnce('127.0.0.1', candidate);
      handedOut.add(candidate);
      return candidate;
    } catch (error) {
      if (!isErrno(error, 'EADDRINUSE', 'EACCES')) throw error;
    }
  }
}

function listenOnce(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.close(() => {
        resolve();
      });
    });
  });
}
