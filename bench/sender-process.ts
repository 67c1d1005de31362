/**
 * A sender of webhooks in its own process, whichever it is, and the operating system's account of what it takes: CPU
 * seconds and memory of that process alone (Linux).
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

const CLOCK_TICKS_PER_SECOND = 100;
const STOP_WITHIN_MS = 30_000;

/** More arguments for the node process of the service, such as `--cpu-prof`. */
const SENDER_ARGUMENTS = (process.env['BENCH_NODE_ARGUMENTS'] ?? '').split(' ').filter((word) => word !== '');

/** As `npm run start:prod` has it. */
const AS_IN_PRODUCTION = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
};

export class SenderProcess {
  readonly #child: ChildProcess;

  /** @param environment `BENCH_NODE` in it is another Node.js to run the script with. */
  constructor(
    script: string,
    { BENCH_NODE: node = process.execPath, ...environment }: Record<string, string>,
  ) {
    const args = [
      '--disable-warning=TimeoutNegativeWarning',
      '--max-semi-space-size=32',
      ...SENDER_ARGUMENTS,
      script,
    ];
    this.#child = spawn(node, args, {
      env: { PATH: process.env['PATH'], ...AS_IN_PRODUCTION, ...environment },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  }

  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** User and system seconds so far. */
  cpuSeconds(): number {
    const fields = this.#proc('stat').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
  }

  /** Resident memory, now and at most so far. */
  memoryMb(): { now: number; peak: number } {
    const status = this.#proc('status');
    const field = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1_024;
    return { now: Math.round(field('VmRSS')), peak: Math.round(field('VmHWM')) };
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.ended) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill(signal);
    const tooLate = setTimeout(() => this.#child.kill('SIGKILL'), STOP_WITHIN_MS);
    await gone;
    clearTimeout(tooLate);
  }

  #proc(file: string): string {
    return readFileSync(`/proc/${this.#child.pid}/${file}`, 'utf8');
  }
}
