/**
 * Kafka and PostgreSQL for the stack: those that the settings name, or embedded ones. Embedded ones start at the same time.
 * If one cannot start, the start of the other is aborted too, and none is left running.
 */
import type { DevSettings } from './dev-settings.ts';
import { startKafka, type EmbeddedKafka } from './embedded-kafka.ts';
import { startPostgres, type EmbeddedPostgres } from './embedded-postgres.ts';
import type { Fault } from './fault.ts';
import { kafkaHome, postgresHome } from './leftovers.ts';

/** A part of the stack that can be ended. */
export interface Part {
  stop(): Promise<void>;
  kill(): Promise<void>;
}

export interface Servers {
  readonly kafkaBrokers: string;
  readonly databaseUrl: string;
  /** The embedded servers. */
  readonly parts: Part[];
}

export interface ServersOptions {
  readonly signal: AbortSignal;
  readonly report: (line: string) => void;
  readonly onUnexpectedEnd: (fault: Fault) => void;
}

export async function startServers(settings: DevSettings, options: ServersOptions): Promise<Servers> {
  const failure = new AbortController();
  const signal = AbortSignal.any([options.signal, failure.signal]);
  const parts: Part[] = [];
  const begin = async <Server extends Part>(
    start: Promise<Server>,
    addressOf: (server: Server) => string,
  ): Promise<string> => {
    try {
      const server = await start;
      parts.push(server);
      return addressOf(server);
    } catch (error) {
      failure.abort(error);
      throw error;
    }
  };
  const common = { ...options, signal };
  options.report(`Starting ${namesOf(settings)} …`);
  const [kafka, postgres] = await Promise.allSettled([
    settings.kafkaBrokers ?? begin(embeddedKafka(settings, common), ({ brokers }) => brokers),
    settings.databaseUrl ?? begin(embeddedPostgres(settings, common), ({ url }) => url),
  ]);
  if (kafka.status === 'rejected' || postgres.status === 'rejected') {
    await Promise.all(parts.map((part) => part.stop()));
    throw failure.signal.reason;
  }
  return { kafkaBrokers: kafka.value, databaseUrl: postgres.value, parts };
}

function embeddedKafka(settings: DevSettings, options: ServersOptions): Promise<EmbeddedKafka> {
  return startKafka({
    ...options,
    home: kafkaHome(settings.dataDir),
    port: settings.embeddedKafkaPort,
    portSetting: 'EMBEDDED_KAFKA_PORT',
  });
}

function embeddedPostgres(settings: DevSettings, options: ServersOptions): Promise<EmbeddedPostgres> {
  return startPostgres({
    ...options,
    home: postgresHome(settings.dataDir),
    port: settings.embeddedPostgresPort,
    portSetting: 'EMBEDDED_POSTGRES_PORT',
    database: 'user_webhooks',
  });
}

function namesOf(settings: DevSettings): string {
  const kafka = settings.kafkaBrokers === null ? ['Kafka'] : [];
  const postgres = settings.databaseUrl === null ? ['PostgreSQL'] : [];
  return [...postgres, ...kafka, 'the service'].join(', ');
}
