/** The most that a process has of memory that nobody else has and no file holds, while it is watched. Linux only. */
import { readFileSync } from 'node:fs';

export class PeakMemory {
  #peakMiB = 0;
  readonly #watching: NodeJS.Timeout;

  constructor(pid: number) {
    this.#watching = setInterval(() => {
      const [, kiB = '0'] = /^RssAnon:\s+(\d+) kB$/m.exec(statusOf(pid)) ?? [];
      this.#peakMiB = Math.max(this.#peakMiB, Number(kiB) / 1024);
    }, 50);
  }

  get peakMiB(): number {
    return this.#peakMiB;
  }

  stop(): void {
    clearInterval(this.#watching);
  }
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}
