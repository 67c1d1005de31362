/**
 * Runs a process in a session of its own, so that Ctrl-C in a terminal does not end it before the service has drained.
 *
 * Its process id is kept in a file. So the next start after a `kill -9` finds a process that was left behind, and stops it.
 * The id alone proves nothing, because the system uses ids again. So the file also has a `mark`, a path of ours that is
 * part of the command line. It shows whether the process is still the one that was started.
 */
import { execFile, spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { isErrno } from './fault.ts';
import { waitFor } from './wait-for.ts';

export interface ProcessPlan {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly stdio: StdioOptions;
  readonly pidFile: string;
  readonly mark: string;
  readonly account?: { readonly uid: number; readonly gid: number } | undefined;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class BackgroundProcess {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly ended: Promise<Ending>;
  /** Null while it runs. */
  ending: Ending | null = null;

  private constructor(child: ChildProcess, pid: number, pidFile: string) {
    this.child = child;
    this.pid = pid;
    this.ended = new Promise((resolve) => {
      // `close` comes after `exit`, once all output has been read.
      child.once('close', (code, signal) => {
        this.ending = { code, signal };
        rmSync(pidFile, { force: true });
        resolve(this.ending);
      });
    });
  }

  /** Rejects if the command cannot be run at all. */
  static async spawn(plan: ProcessPlan): Promise<BackgroundProcess> {
    const child = spawn(plan.command, plan.args, {
      cwd: plan.cwd,
      env: plan.env,
      stdio: plan.stdio,
      detached: true,
      ...plan.account,
    });
    if (child.pid === undefined) throw await once(child, 'error').then(([error]) => error as Error);
    writeFileSync(plan.pidFile, `${child.pid}\n${plan.mark}\n`);
    return new BackgroundProcess(child, child.pid, plan.pidFile);
  }

  /** Sends the signal, and SIGKILL if the process does not end in time. Resolves when it is gone. */
  async stop(signal: NodeJS.Signals, withinMs: number): Promise<Ending> {
    if (this.ending === null) {
      this.child.kill(signal);
      const timer = setTimeout(() => this.child.kill('SIGKILL'), withinMs);
      await this.ended;
      clearTimeout(timer);
    }
    return this.ended;
  }
}

/** Stops the process that an earlier run left behind, if the file names one and it is still the same. */
export async function stopLeftover(
  pidFile: string,
  signal: NodeJS.Signals,
  withinMs: number,
): Promise<boolean> {
  const { pid, mark } = readPidFile(pidFile) ?? { pid: 0, mark: '' };
  if (mark === '' || !(await isRunning(pid, mark))) {
    rmSync(pidFile, { force: true });
    return false;
  }
  const gone = async (): Promise<boolean> => !(await isRunning(pid, mark));
  sendSignal(pid, signal);
  try {
    await waitFor(gone, { timeoutMs: withinMs, what: `process ${pid} to end` });
  } catch {
    sendSignal(pid, 'SIGKILL');
    await waitFor(gone, { timeoutMs: 10_000, what: `process ${pid} to end after SIGKILL` });
  }
  rmSync(pidFile, { force: true });
  return true;
}

/** Whether the process lives and has `mark` in its command line. A zombie has no command line, so it counts as gone. */
export async function isRunning(pid: number, mark: string): Promise<boolean> {
  return (await commandLine(pid)).includes(mark);
}

async function commandLine(pid: number): Promise<string> {
  try {
    if (process.platform === 'linux') {
      return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
    }
    return (await promisify(execFile)('ps', ['-ww', '-o', 'args=', '-p', String(pid)])).stdout;
  } catch {
    return '';
  }
}

function readPidFile(pidFile: string): { pid: number; mark: string } | null {
  try {
    const [id = '', mark = ''] = readFileSync(pidFile, 'utf8').split('\n');
    const pid = Number(id);
    return Number.isSafeInteger(pid) && pid > 1 ? { pid, mark } : null;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error;
  }
}
