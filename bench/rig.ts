/**
 * What every bench stands on: an embedded broker and database of its own, the sink in its process, the built service
 * in its process, a loader, and the operating system's account of the service's CPU time.
 */
import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Partitioners, type Kafka } from 'kafkajs';
import { createClient } from '../dev/kafka-client.ts';
import { waitFor } from '../dev/wait-for.ts';
import { startTestKafka, startTestPostgres } from '../test/support/embedded-services.ts';

const CLOCK_TICKS_PER_SECOND = 100;
const TOKEN = 'bench-admin-token-0123456789';

export interface PathStatistics {
  readonly count: number;
  readonly first: number;
  readonly last: number;
  readonly latencies: readonly number[];
}

export class Sink {
  readonly #child: ChildProcess;
  readonly #port: number;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.#port = port;
  }

  static async start(): Promise<Sink> {
    const child = fork(fileURLToPath(new URL('sink.ts', import.meta.url)));
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    return new Sink(child, port);
  }

  async statistics(message: 'report' | 'reset' = 'report'): Promise<Record<string, PathStatistics>> {
    this.#child.send(message);
    const [statistics] = (await once(this.#child, 'message')) as [Record<string, PathStatistics>];
    return statistics;
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.#port}${path}`;
  }

  close(): void {
    this.#child.kill();
  }
}

export class Rig {
  readonly sink: Sink;
  readonly client: Kafka;
  readonly #kafka: Awaited<ReturnType<typeof startTestKafka>>;
  readonly #postgres: Awaited<ReturnType<typeof startTestPostgres>>;

  private constructor(
    kafka: Awaited<ReturnType<typeof startTestKafka>>,
    postgres: Awaited<ReturnType<typeof startTestPostgres>>,
    sink: Sink,
  ) {
    this.#kafka = kafka;
    this.#postgres = postgres;
    this.sink = sink;
    this.client = createClient(kafka.brokers);
  }

  static async start(): Promise<Rig> {
    const [kafka, postgres, sink] = await Promise.all([startTestKafka(), startTestPostgres(), Sink.start()]);
    return new Rig(kafka, postgres, sink);
  }

  async startService(name: string, environment: Record<string, string> = {}): Promise<ServiceProcess> {
    return ServiceProcess.start({
      KAFKA_BROKERS: this.#kafka.brokers,
      DATABASE_URL: this.#postgres.url,
      KAFKA_GROUP_ID: `bench-${name}`,
      USER_EVENTS_TOPIC: `events-${name}`,
      DELIVERIES_TOPIC: `deliveries-${name}`,
      DEAD_LETTER_TOPIC: `dead-letters-${name}`,
      CREATE_TOPICS: 'true',
      ...environment,
    });
  }

  /** Writes events of about 400 bytes, keyed by user, with the time of writing in each. */
  async load(topic: string, events: number, users: number): Promise<void> {
    const producer = this.client.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    for (let at = 0; at < events; at += 1_000) {
      const size = Math.min(1_000, events - at);
      const messages = Array.from({ length: size }, (_, index) => message(at + index, users));
      await producer.send({ topic, acks: -1, messages });
    }
    await producer.disconnect();
  }

  async close(): Promise<void> {
    this.sink.close();
    await Promise.all([this.#kafka.close(), this.#postgres.close()]);
  }
}

function message(index: number, users: number): { key: string; value: string } {
  const username = `user-${index % users}`;
  const data = {
    username,
    email: `${username}@example.com`,
    first_name: 'Jane',
    last_name: 'Doe',
    groups: ['staff', 'developers'],
    is_admin: false,
    note: 'x'.repeat(160),
    produced_at: Date.now(),
  };
  const event = { id: `evt_${index}`, type: 'user_created', timestamp: new Date().toISOString(), data };
  return { key: username, value: JSON.stringify(event) };
}

export class ServiceProcess {
  readonly process: ChildProcess;
  readonly #url: string;

  private constructor(process: ChildProcess, url: string) {
    this.process = process;
    this.#url = url;
  }

  static async start(environment: Record<string, string>): Promise<ServiceProcess> {
    const port = 20_000 + Math.floor(Math.random() * 20_000);
    const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));
    const child = spawn(process.execPath, ['--disable-warning=TimeoutNegativeWarning', main], {
      env: {
        PATH: process.env['PATH'],
        PORT: String(port),
        ADMIN_TOKEN: TOKEN,
        ALLOWED_SUBNETS: '127.0.0.0/8',
        LOG_LEVEL: 'error',
        ...environment,
      },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const url = `http://127.0.0.1:${port}`;
    const ready = async (): Promise<boolean> => {
      try {
        return (await fetch(`${url}/health/ready`)).ok;
      } catch {
        return false;
      }
    };
    await waitFor(ready, { timeoutMs: 60_000, what: 'the service to be ready' });
    return new ServiceProcess(child, url);
  }

  async createWebhook(values: Record<string, unknown>): Promise<void> {
    const answer = await fetch(`${this.#url}/api/v1/webhooks`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ triggers: ['user_created'], method: 'POST', ...values }),
    });
    if (!answer.ok) throw new Error(await answer.text());
  }

  /** User and system seconds so far, from the operating system. */
  cpuSeconds(): number {
    const fields = readFileSync(`/proc/${this.process.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS_PER_SECOND;
  }

  async stop(): Promise<void> {
    this.process.kill('SIGTERM');
    await once(this.process, 'exit');
  }
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}
