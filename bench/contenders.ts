/** Who is compared: the service as shipped, what a NestJS user would write, and the floor of this stack. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Rig } from './rig.ts';
import { SenderProcess } from './sender-process.ts';

/** The last three show what the signature costs, and what is saved by the changes to kafkajs and the connections. */
export const CONTENDERS = [
  'service',
  'plain-nest',
  'bare',
  'bare-unsigned',
  'bare-as-installed',
  'bare-own-connections',
] as const;
export type Contender = (typeof CONTENDERS)[number];

/** Where a contender reads, sends and publishes in one run. */
export interface Place {
  /** Unlike any other run's. */
  readonly run: string;
  readonly topic: string;
  /** The database with the service's webhooks. */
  readonly databaseUrl: string;
  /** Where the others send. */
  readonly webhookUrl: string;
  /** `dist/main.js` of another checkout, instead of this one's. */
  readonly main?: string;
  /** More settings of the service. */
  readonly environment?: Readonly<Record<string, string>>;
}

export function groupOf({ run }: Pick<Place, 'run'>): string {
  return `bench-${run}`;
}

export function resultsOf({ run }: Place): string {
  return `deliveries-${run}`;
}

/** Returns as soon as it is started; that its work has begun shows at the sink. */
export async function startContender(rig: Rig, contender: Contender, place: Place): Promise<SenderProcess> {
  if (contender === 'service') {
    const environment = {
      DATABASE_URL: place.databaseUrl,
      USER_EVENTS_TOPIC: place.topic,
      ...place.environment,
    };
    return rig.startService(place.run, environment, place.main);
  }
  return new SenderProcess(SCRIPTS[contender], {
    BROKERS: rig.brokers,
    GROUP_ID: groupOf(place),
    EVENTS_TOPIC: place.topic,
    DELIVERIES_TOPIC: resultsOf(place),
    WEBHOOK_URL: place.webhookUrl,
    SIGN: String(contender !== 'bare-unsigned'),
    KAFKAJS: contender === 'bare-as-installed' ? 'as-installed' : 'changed',
    CONNECTIONS: contender === 'bare-own-connections' ? 'own' : 'undici',
    KAFKAJS_NO_PARTITIONER_WARNING: '1',
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
  });
}

const SCRIPTS = {
  'plain-nest': path('plain-nest/dist/main.js'),
  bare: path('bare/main.ts'),
  'bare-unsigned': path('bare/main.ts'),
  'bare-as-installed': path('bare/main.ts'),
  'bare-own-connections': path('bare/main.ts'),
};

/** Decorators are nothing that types can be stripped of. */
export async function buildPlainNest(): Promise<void> {
  const tsc = fileURLToPath(import.meta.resolve('typescript/bin/tsc'));
  await promisify(execFile)(process.execPath, [tsc, '-p', path('plain-nest')]);
}

function path(file: string): string {
  return fileURLToPath(new URL(file, import.meta.url));
}
