/** The built service as a process of its own, as it runs in production. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import axios, { type AxiosInstance } from 'axios';
import { eventually } from './eventually.ts';

const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
/** Hundreds of processes are started from the same files. Each takes the compiled code from here. */
export const COMPILED = {
  NODE_COMPILE_CACHE: fileURLToPath(
    new URL('../../node_modules/.cache/user-webhooks/compiled', import.meta.url),
  ),
};
/** Where the log of every service is kept, to see what a test that failed was about. */
const LOG_DIR = process.env['SERVICE_LOG_DIR'];
if (LOG_DIR !== undefined) mkdirSync(LOG_DIR, { recursive: true });
export const ADMIN_TOKEN = 'test-admin-token-0123456789';
export const SECRETS_KEY = Buffer.alloc(32, 'test-key').toString('base64');

export interface LogLine {
  readonly msg?: string;
  readonly [member: string]: unknown;
}

export class Service {
  readonly log: LogLine[] = [];
  stderr = '';
  exit: { code: number | null; signal: NodeJS.Signals | null } | null = null;
  #url = '';

  private constructor(readonly process: ChildProcess) {
    let rest = '';
    if (LOG_DIR !== undefined) {
      process.stdout?.pipe(createWriteStream(join(LOG_DIR, `${process.pid}.log`)));
      process.stderr?.pipe(createWriteStream(join(LOG_DIR, `${process.pid}.err`)));
    }
    process.stdout?.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.log.push(asLogLine(line));
    });
    process.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    const killWithUs = (): void => void process.kill('SIGKILL');
    globalThis.process.once('exit', killWithUs);
    process.on('exit', (code, signal) => {
      this.exit = { code, signal };
      globalThis.process.off('exit', killWithUs);
    });
  }

  /**
   * Starts it and does not wait; for starts that fail.
   * @param openFiles how many it may have open.
   */
  static spawn(environment: Record<string, string>, openFiles?: number): Service {
    const command = [process.execPath, '--disable-warning=TimeoutNegativeWarning', MAIN];
    const limited = ['sh', '-c', `ulimit -n ${openFiles} && exec "$0" "$@"`];
    const [program = '', ...args] = openFiles === undefined ? command : [...limited, ...command];
    const child = spawn(program, args, {
      env: {
        PATH: process.env['PATH'],
        HOST: '127.0.0.1',
        PORT: '0',
        ADMIN_TOKEN,
        SECRETS_KEY,
        ALLOWED_SUBNETS: '127.0.0.0/8',
        LOG_LEVEL: 'info',
        ...COMPILED,
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new Service(child);
  }

  /** Starts it and waits until it serves. */
  static async start(environment: Record<string, string>, openFiles?: number): Promise<Service> {
    const service = Service.spawn(environment, openFiles);
    await service.ready();
    return service;
  }

  async ready(): Promise<void> {
    await eventually(() => {
      if (this.exit) return;
      const ready = this.log.find(({ msg }) => msg === 'ready');
      if (!ready) throw new Error(`the service is not ready: ${this.stderr}`);
      this.#url = String(ready['url']);
    });
    if (this.exit)
      throw new Error(`the service ended: ${this.stderr}${this.log.map(({ msg }) => msg).join('\n')}`);
  }

  get url(): string {
    return this.#url;
  }

  /** A client of its REST API; no status is an exception. */
  rest(token: string | null = ADMIN_TOKEN): AxiosInstance {
    return axios.create({
      baseURL: `${this.url}/api/v1`,
      headers: token === null ? {} : { Authorization: `Bearer ${token}` },
      validateStatus: () => true,
      proxy: false,
      maxRedirects: 0,
    });
  }

  /** Makes a webhook. @returns its id. */
  async createWebhook(values: Record<string, unknown>): Promise<string> {
    const answer = await this.rest().post<{ id: string }>('/webhooks', {
      triggers: ['user_created', 'user_modified', 'user_deleted', 'user_keys'],
      method: 'POST',
      ...values,
    });
    if (answer.status !== 201) throw new Error(`no webhook: ${JSON.stringify(answer.data)}`);
    return answer.data.id;
  }

  async ended(): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    return eventually(() => {
      if (!this.exit) throw new Error('the service has not ended');
      return this.exit;
    });
  }

  /** A graceful stop. */
  async stop(
    signal: NodeJS.Signals = 'SIGTERM',
  ): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    if (!this.exit) this.process.kill(signal);
    return this.ended();
  }

  async kill(): Promise<void> {
    if (!this.exit) this.process.kill('SIGKILL');
    await this.ended();
  }
}

function asLogLine(line: string): LogLine {
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return { msg: line };
  }
}
