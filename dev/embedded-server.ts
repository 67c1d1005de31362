/**
 * Starts and stops an embedded server of any kind: checks the port, starts it, asks whether it is really ready, stops or
 * kills it, and starts it again with the same data and port. It reports an end that nobody asked for. A start that fails
 * leaves no process behind.
 *
 * The plan says what the server is, how its data is prepared, and how to see that it is ready.
 */
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BackgroundProcess, stopLeftover, type Ending, type ProcessPlan } from './background-process.ts';
import { Fault, messageOf } from './fault.ts';
import { assertPortFree } from './ports.ts';
import { waitFor } from './wait-for.ts';

export interface ServerPlan {
  /** The subject of a sentence: `The embedded Kafka broker`. */
  readonly name: string;
  /** The directory for the log and the process id. */
  readonly home: string;
  readonly port: number;
  /** The setting that changes the port; null if there is none. */
  readonly portSetting: string | null;
  /** What a person can do instead, if the server cannot run here at all. */
  readonly instead: string;
  /** A part of the command line that no other program has. */
  readonly mark: string;
  readonly stopSignal: NodeJS.Signals;
  readonly stopWithinMs: number;
  readonly command: () => Promise<Omit<ProcessPlan, 'stdio' | 'pidFile' | 'mark'>>;
  /** Whether this very server is ready, and not another one on its port. May throw while it is not. */
  readonly isReady: () => Promise<boolean>;
  /** Whether to start again after an early end. Something that an earlier process left may still be in the way. */
  readonly mayRetry?: () => boolean;
  readonly onUnexpectedEnd?: ((fault: Fault) => void) | undefined;
}

const READY_WITHIN_MS = 60_000;
const RETRY_WITHIN_MS = 15_000;

export class EmbeddedServer {
  readonly #plan: ServerPlan;
  #process: BackgroundProcess | null = null;
  #endExpected = false;

  constructor(plan: ServerPlan) {
    this.#plan = plan;
  }

  /** The process id; null while it does not run. */
  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  get logFile(): string {
    return join(this.#plan.home, 'server.log');
  }

  get #pidFile(): string {
    return join(this.#plan.home, 'server.pid');
  }

  /** Stops what an earlier run left behind, and checks the port before anything is prepared. */
  async clearTheWay(): Promise<void> {
    await stopLeftover(this.#pidFile, this.#plan.stopSignal, this.#plan.stopWithinMs);
    await this.#assertPortFree();
  }

  /** Resolves when the server is ready. */
  async start(signal?: AbortSignal): Promise<void> {
    if (this.#process !== null) throw new Error(`${this.#plan.name} is running already`);
    await this.#assertPortFree();
    const retryUntil = performance.now() + RETRY_WITHIN_MS;
    for (;;) {
      const mayRetry = this.#plan.mayRetry?.() === true && performance.now() < retryUntil;
      const started = await this.#spawn();
      try {
        await this.#waitUntilReady(started, signal);
        this.#watch(started);
        return;
      } catch (error) {
        const endedEarly = started.ending !== null;
        await started.stop('SIGKILL', 0);
        if (!endedEarly || !mayRetry || signal?.aborted === true) throw error;
      }
    }
  }

  /** Ends it properly, or by force if that takes too long. */
  async stop(): Promise<void> {
    await this.#end(this.#plan.stopSignal, this.#plan.stopWithinMs);
  }

  /** Ends it as a power cut would, even while it is stopping. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL', 0);
  }

  async #end(signal: NodeJS.Signals, withinMs: number): Promise<void> {
    const running = this.#process;
    this.#endExpected = true;
    await running?.stop(signal, withinMs);
    if (this.#process === running) this.#process = null;
  }

  async #assertPortFree(): Promise<void> {
    await assertPortFree({
      host: '127.0.0.1',
      port: this.#plan.port,
      owner: this.#plan.name,
      setting: this.#plan.portSetting,
    });
  }

  async #spawn(): Promise<BackgroundProcess> {
    const command = await this.#plan.command();
    const log = openSync(this.logFile, 'w');
    try {
      return await BackgroundProcess.spawn({
        ...command,
        stdio: ['ignore', log, log],
        pidFile: this.#pidFile,
        mark: this.#plan.mark,
      });
    } catch (error) {
      throw new Fault(`${this.#plan.name} cannot be run here (${messageOf(error)}): ${this.#plan.instead}.`);
    } finally {
      closeSync(log);
    }
  }

  async #waitUntilReady(started: BackgroundProcess, signal: AbortSignal | undefined): Promise<void> {
    await waitFor(
      async () => {
        if (started.ending !== null) throw this.#endFault('ended while it started', started.ending);
        return this.#plan.isReady().catch(() => false);
      },
      {
        timeoutMs: READY_WITHIN_MS,
        what: `${this.#plan.name} to answer; its log is ${this.logFile}`,
        signal,
      },
    );
    if (started.ending !== null) throw this.#endFault('ended while it started', started.ending);
  }

  #watch(started: BackgroundProcess): void {
    this.#process = started;
    this.#endExpected = false;
    void started.ended.then((ending) => {
      if (this.#process !== started || this.#endExpected) return;
      this.#process = null;
      this.#plan.onUnexpectedEnd?.(this.#endFault('ended by itself', ending));
    });
  }

  #endFault(what: string, ending: Ending): Fault {
    const why = ending.signal ?? lastComplaint(this.logFile);
    return new Fault(
      `${this.#plan.name} ${what} (${why}): see ${this.logFile}; \`npm run reset\` removes all data, for a fresh start.`,
    );
  }
}

/** The last line of the log that reports an error, or else the last line. */
function lastComplaint(logFile: string): string {
  const lines = readFileSync(logFile, 'utf8')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(at |\.\.\. \d+)/.test(line));
  const complaints = lines.filter((line) =>
    /\b(FATAL|PANIC|ERROR|Caused by)\b|(Exception|Error):/.test(line),
  );
  return complaints.at(-1) ?? lines.at(-1) ?? 'its log is empty';
}
