/** The sink in its process, as its parent sees it. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Histogram } from './statistics.ts';

export interface PathStatistics {
  readonly count: number;
  readonly first: number;
  readonly last: number;
  /** How many arrived after that many milliseconds. */
  readonly latencies: Histogram;
}

export class Sink {
  readonly #child: ChildProcess;
  readonly #origin: string;

  private constructor(child: ChildProcess, origin: string) {
    this.#child = child;
    this.#origin = origin;
  }

  /** @param tls what it presents, if it is to speak TLS. */
  static async start(tls?: { readonly key: string; readonly cert: string }): Promise<Sink> {
    const child = fork(fileURLToPath(new URL('sink.ts', import.meta.url)), {
      env: { PATH: process.env['PATH'], ...(tls ? { SINK_KEY: tls.key, SINK_CERT: tls.cert } : {}) },
    });
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    return new Sink(child, tls ? `https://127.0.0.1:${port}` : `http://127.0.0.1:${port}`);
  }

  /** @returns what has arrived since the last reset. @param message `reset`: from now on they begin anew. */
  async statistics(message: 'report' | 'reset' = 'report'): Promise<Record<string, PathStatistics>> {
    return this.#ask(message);
  }

  /** Requests that arrived since the last reset, whatever their answer. */
  async arrived(): Promise<number> {
    const { arrived } = await this.#ask<{ arrived: number }>('count');
    return arrived;
  }

  url(path: string): string {
    return `${this.#origin}${path}`;
  }

  close(): void {
    this.#child.kill();
  }

  /** One question at a time. */
  async #ask<Answer>(message: string): Promise<Answer> {
    this.#child.send(message);
    const [answer] = (await once(this.#child, 'message')) as [Answer];
    return answer;
  }
}
