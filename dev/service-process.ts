/**
 * Runs the service as a child process in a session of its own. It gets exactly one SIGTERM, however often this process is
 * signalled, and the time to drain. It is ready when `/health/ready` says so. What it writes to stderr is always shown.
 */
import { closeSync, existsSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import axios from 'axios';
import { BackgroundProcess, type Ending } from './background-process.ts';
import { Fault } from './fault.ts';
import { servicePidFile } from './leftovers.ts';
import { logLines } from './log-lines.ts';
import { waitFor } from './wait-for.ts';

export interface ServicePlan {
  /** The built `main.js`. */
  readonly main: string;
  readonly dataDir: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly url: string;
  /** The log: `raw` as it is, `pretty` for people to read, or to a `file`. */
  readonly output: 'raw' | 'pretty' | 'file';
  readonly signal: AbortSignal;
}

/** The service ended although nobody asked it to. It has written the reason to stderr. */
export class ServiceEnded extends Error {
  readonly ending: Ending;

  constructor(ending: Ending) {
    super(`The service ended by itself (${ending.signal ?? `exit code ${ending.code ?? 'unknown'}`}).`);
    this.ending = ending;
  }
}

const DRAIN_WITHIN_MS = 30_000;
const READY_WITHIN_MS = 60_000;

export function assertBuilt(main: string): void {
  if (!existsSync(main))
    throw new Fault(`The service is not built, as ${main} is missing: run \`npm run build\`.`);
}

export async function spawnService(plan: ServicePlan): Promise<BackgroundProcess> {
  const log = plan.output === 'file' ? openSync(join(plan.dataDir, 'service.log'), 'w') : null;
  try {
    const service = await BackgroundProcess.spawn({
      command: process.execPath,
      // kafkajs 2.2.4, see kafka-client.ts.
      args: ['--disable-warning=TimeoutNegativeWarning', plan.main],
      cwd: dirname(dirname(plan.main)),
      env: plan.environment,
      stdio: ['ignore', log ?? (plan.output === 'pretty' ? 'pipe' : 'inherit'), 'inherit'],
      pidFile: servicePidFile(plan.dataDir),
      mark: plan.main,
    });
    service.child.stdout?.pipe(logLines());
    return service;
  } finally {
    if (log !== null) closeSync(log);
  }
}

/** @throws ServiceEnded, or a Fault with the last answer if it runs but does not become ready. */
export async function waitUntilServing(service: BackgroundProcess, plan: ServicePlan): Promise<void> {
  let lastAnswer = 'no answer';
  const isServing = async (): Promise<boolean> => {
    if (service.ending !== null) throw new ServiceEnded(service.ending);
    const answer = await askReady(plan.url);
    if (answer !== null) lastAnswer = `${answer.status} ${answer.body}`;
    return answer?.status === 200;
  };
  try {
    await waitFor(isServing, {
      timeoutMs: READY_WITHIN_MS,
      what: 'readiness',
      signal: plan.signal,
      everyMs: 250,
    });
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw new Fault(
      `The service did not become ready within 60 s; ${plan.url}/health/ready said: ${lastAnswer}`,
    );
  }
}

export async function stopService(service: BackgroundProcess): Promise<void> {
  await service.stop('SIGTERM', DRAIN_WITHIN_MS);
}

/** @returns null if nothing answers. */
export async function askReady(url: string): Promise<{ status: number; body: string } | null> {
  try {
    const { status, data } = await axios.get<string>(`${url}/health/ready`, {
      timeout: 5_000,
      proxy: false,
      responseType: 'text',
      validateStatus: () => true,
    });
    return { status, body: data };
  } catch {
    return null;
  }
}
