/**
 * Reads what the development commands need from the environment and from `.env`: their own settings, and those of the
 * service that they fill in or must know. All other variables are passed on to the service, which checks them itself.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { Fault, messageOf } from './fault.ts';

export interface DevSettings {
  /** An absolute path. */
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  /** Null: an embedded one is started. */
  readonly databaseUrl: string | null;
  /** Null: an embedded one is started. */
  readonly kafkaBrokers: string | null;
  readonly embeddedKafkaPort: number;
  readonly embeddedPostgresPort: number;
  /** Null: one is made and kept in the data directory. */
  readonly secretsKey: string | null;
  /** Null: one is made and kept in the data directory. */
  readonly adminToken: string | null;
  readonly eventsTopic: string;
  readonly deliveriesTopic: string;
  /** For the service: all variables that are set, and defaults for a developer's machine. */
  readonly environment: NodeJS.ProcessEnv;
}

/** @throws Fault that names the first setting that cannot be used. */
export function readDevSettings(): DevSettings {
  loadEnvFile();
  const port = portOf('PORT', 3_000, 0);
  const settings: DevSettings = {
    dataDir: resolve(valueOf('DATA_DIR') ?? '.data'),
    host: valueOf('HOST') ?? '127.0.0.1',
    port,
    databaseUrl: valueOf('DATABASE_URL'),
    kafkaBrokers: valueOf('KAFKA_BROKERS'),
    embeddedKafkaPort: portOf('EMBEDDED_KAFKA_PORT', 9_092, 1),
    embeddedPostgresPort: portOf('EMBEDDED_POSTGRES_PORT', 5_433, 1),
    secretsKey: valueOf('SECRETS_KEY'),
    adminToken: valueOf('ADMIN_TOKEN'),
    eventsTopic: valueOf('USER_EVENTS_TOPIC') ?? 'user-events',
    deliveriesTopic: valueOf('DELIVERIES_TOPIC') ?? 'webhook-deliveries',
    environment: {
      ...process.env,
      CREATE_TOPICS: valueOf('CREATE_TOPICS') ?? 'true',
      ALLOWED_SUBNETS: valueOf('ALLOWED_SUBNETS') ?? '127.0.0.0/8,::1/128',
    },
  };
  refuseSamePorts(settings);
  return settings;
}

/** A variable that is set already wins over the file. */
function loadEnvFile(): void {
  if (!existsSync('.env')) return;
  try {
    process.loadEnvFile('.env');
  } catch (error) {
    throw new Fault(`The file .env cannot be read (${messageOf(error)}): correct its rights, or remove it.`);
  }
}

/** An empty variable counts as not set. */
function valueOf(name: string): string | null {
  const value = process.env[name];
  return value === undefined || value === '' ? null : value;
}

function portOf(name: string, otherwise: number, min: number): number {
  const text = valueOf(name) ?? String(otherwise);
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= min && port <= 65_535) return port;
  throw new Fault(`${name} must be a port, a whole number from ${min} to 65535, but is "${text}".`);
}

function refuseSamePorts(settings: DevSettings): void {
  const used = new Map<number, string>([[settings.port, 'PORT']]);
  const embedded: [string, number, boolean][] = [
    ['EMBEDDED_KAFKA_PORT', settings.embeddedKafkaPort, settings.kafkaBrokers === null],
    ['EMBEDDED_POSTGRES_PORT', settings.embeddedPostgresPort, settings.databaseUrl === null],
  ];
  for (const [name, port, isUsed] of embedded) {
    const other = used.get(port);
    if (isUsed && other !== undefined) {
      throw new Fault(`${other} and ${name} must be different ports, but both are ${port}.`);
    }
    if (isUsed) used.set(port, name);
  }
}
