/**
 * Everything on one machine: the data directory, PostgreSQL and Kafka (embedded unless others are given), and the service.
 *
 * If a part cannot start, the parts that have started are stopped. Parts stop in the reverse order, so the service drains
 * while Kafka and PostgreSQL still run. If a part ends by itself, the whole stack ends.
 */
import type { BackgroundProcess } from './background-process.ts';
import { asDataDirFault, keepAdminToken, keepSecretsKey, openDataDir } from './data-dir.ts';
import type { DevSettings } from './dev-settings.ts';
import { stopLeftovers } from './leftovers.ts';
import { assertPortFree, freePort } from './ports.ts';
import { startServers, type Part } from './servers.ts';
import * as service from './service-process.ts';

export interface StackOptions {
  readonly settings: DevSettings;
  /** The built `main.js` of the service. */
  readonly main: string;
  readonly output: service.ServicePlan['output'];
  /** Aborts the start. */
  readonly signal: AbortSignal;
  /** Called with a line for people for each step. */
  readonly report: (line: string) => void;
}

export interface Stack {
  readonly url: string;
  readonly adminToken: string;
  readonly kafkaBrokers: string;
  readonly databaseUrl: string;
  /** Rejects if a part ends by itself. */
  readonly broken: Promise<never>;
  stop(): Promise<void>;
  /** Ends everything at once, for a person who does not want to wait for `stop`. */
  kill(): Promise<void>;
}

export class StackStarter {
  readonly #options: StackOptions;
  /** In the order of their start. The parts of an inner list stop at the same time. */
  readonly #parts: Part[][] = [];
  readonly #broken = Promise.withResolvers<never>();

  constructor(options: StackOptions) {
    this.#options = options;
    // Without this, a rejection would end the process if nobody has used `broken` yet.
    this.#broken.promise.catch(() => undefined);
  }

  /** @throws Fault, ServiceEnded, or the signal's reason. Nothing is left running then. */
  async start(): Promise<Stack> {
    const { settings } = this.#options;
    service.assertBuilt(this.#options.main);
    const release = openDataDir(settings.dataDir);
    const unlock = (): Promise<void> => {
      release();
      return Promise.resolve();
    };
    this.#parts.push([{ stop: unlock, kill: unlock }]);
    try {
      await stopLeftovers(settings.dataDir);
      const port = settings.port === 0 ? await freePort() : settings.port;
      await assertPortFree({ host: settings.host, port, owner: 'The service', setting: 'PORT' });
      const servers = await startServers(settings, {
        signal: this.#options.signal,
        report: this.#options.report,
        onUnexpectedEnd: (fault) => {
          this.#broken.reject(fault);
        },
      });
      this.#parts.push(servers.parts);
      const { kafkaBrokers, databaseUrl } = servers;
      const adminToken = settings.adminToken ?? keepAdminToken(settings.dataDir);
      const url = urlOf(settings.host, port);
      await this.#startService(url, {
        ...settings.environment,
        HOST: settings.host,
        PORT: String(port),
        DATABASE_URL: databaseUrl,
        KAFKA_BROKERS: kafkaBrokers,
        SECRETS_KEY: settings.secretsKey ?? keepSecretsKey(settings.dataDir),
        ADMIN_TOKEN: adminToken,
      });
      return {
        url,
        adminToken,
        kafkaBrokers,
        databaseUrl,
        broken: this.#broken.promise,
        stop: () => this.stop(),
        kill: this.kill,
      };
    } catch (error) {
      await this.stop();
      throw asDataDirFault(error, settings.dataDir);
    }
  }

  async stop(): Promise<void> {
    for (const parts of this.#parts.toReversed()) await Promise.all(parts.map((part) => part.stop()));
  }

  /** Kills all parts at the same time. */
  readonly kill = async (): Promise<void> => {
    await Promise.all(this.#parts.flat().map((part) => part.kill()));
  };

  async #startService(url: string, environment: NodeJS.ProcessEnv): Promise<void> {
    const { settings, main, output, signal } = this.#options;
    const plan = { main, dataDir: settings.dataDir, environment, url, output, signal };
    const started = await service.spawnService(plan);
    let stopping = false;
    this.#parts.push([
      {
        stop: () => {
          stopping = true;
          return service.stopService(started);
        },
        kill: async () => {
          stopping = true;
          await started.stop('SIGKILL', 0);
        },
      },
    ]);
    await service.waitUntilServing(started, plan);
    this.#reportEnd(started, () => stopping);
  }

  #reportEnd(started: BackgroundProcess, isStopping: () => boolean): void {
    void started.ended.then((ending) => {
      if (!isStopping()) this.#broken.reject(new service.ServiceEnded(ending));
    });
  }
}

/** The URL for clients on this machine. A wildcard address is replaced by loopback, because nobody can connect to it. */
export function urlOf(host: string, port: number): string {
  const reachable = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
