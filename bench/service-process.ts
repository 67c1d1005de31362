/** The service as shipped, in its own process, with its REST API. */
import { fileURLToPath } from 'node:url';
import { freePort } from '../dev/ports.ts';
import { waitFor } from '../dev/wait-for.ts';
import { SenderProcess } from './sender-process.ts';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const SECRETS_KEY = Buffer.alloc(32, 'bench-key').toString('base64');
export const TOKEN = 'bench-admin-token-0123456789';

export class ServiceProcess extends SenderProcess {
  readonly url: string;

  private constructor(main: string, environment: Record<string, string>, url: string) {
    super(main, environment);
    this.url = url;
  }

  /**
   * Starts it and waits until it is ready.
   *
   * @param main of another build than that of this checkout.
   */
  static async start(environment: Record<string, string>, main = MAIN): Promise<ServiceProcess> {
    const port = await freePort();
    const service = new ServiceProcess(
      main,
      {
        PORT: String(port),
        ADMIN_TOKEN: TOKEN,
        SECRETS_KEY,
        ALLOWED_SUBNETS: '127.0.0.0/8,::1/128',
        LOG_LEVEL: 'warn',
        ...environment,
      },
      `http://127.0.0.1:${port}`,
    );
    try {
      await waitFor(() => service.#ready(), { timeoutMs: 60_000, what: 'the service to be ready' });
    } catch (error) {
      await service.stop('SIGKILL');
      throw error;
    }
    return service;
  }

  async createWebhook(values: Record<string, unknown>): Promise<string> {
    const defaults = { triggers: ['user_created'], method: 'POST' };
    const answer = await this.#ask('POST', '/webhooks', 'application/json', { ...defaults, ...values });
    return ((await answer.json()) as { id: string }).id;
  }

  /** Events of a range of time are sent to the webhook again. @returns the replay's id. */
  async replay(id: string, range: { from: string; to: string }): Promise<string> {
    const answer = await this.#ask('POST', `/webhooks/${id}/replay`, 'application/json', range);
    return ((await answer.json()) as { id: string }).id;
  }

  /** Deliveries of the webhook that were given up are tried again. @returns the replay's id. */
  async recover(id: string, range: { since: string }): Promise<string> {
    const answer = await this.#ask('POST', `/webhooks/${id}/recover`, 'application/json', range);
    return ((await answer.json()) as { id: string }).id;
  }

  /** @returns whether the replay went on until then. */
  async stopReplay(id: string): Promise<boolean> {
    const answer = await this.#ask('POST', `/replays/${id}/stop`, 'application/json', {});
    return ((await answer.json()) as { status: string }).status !== 'done';
  }

  async changeWebhook(id: string, values: Record<string, unknown>): Promise<void> {
    const answer = await this.#ask('PATCH', `/webhooks/${id}`, 'application/merge-patch+json', values);
    await answer.arrayBuffer();
  }

  async #ask(method: string, path: string, type: string, body: unknown): Promise<Response> {
    const answer = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': type },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(await answer.text());
    return answer;
  }

  async #ready(): Promise<boolean> {
    if (this.ended) throw new Error('the service ended at its start');
    try {
      return (await fetch(`${this.url}/health/ready`)).ok;
    } catch {
      return false;
    }
  }
}
