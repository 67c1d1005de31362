/**
 * A real Apache Kafka broker on loopback: one node in KRaft mode, with its data in a directory of ours.
 *
 * It starts again after a `kill -9`, on another port with the same data, and after formatting was interrupted. It makes no
 * topic by itself. Every replication factor is 1. `java.ts` finds Java, and `kafka-jars.ts` the jars.
 */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedServer } from './embedded-server.ts';
import { Fault, isErrno, messageOf } from './fault.ts';
import { findJava } from './java.ts';
import { createClient } from './kafka-client.ts';
import { kafkaClassPath } from './kafka-jars.ts';
import { freePort } from './ports.ts';

export interface KafkaOptions {
  /** The broker's own directory: configuration, log, data. */
  readonly home: string;
  readonly port: number;
  /** The setting that changes the port. The message about a taken port names it. */
  readonly portSetting?: string;
  /** The directory that keeps the class path. Several brokers may share it. Default: `home`. */
  readonly cacheDir?: string;
  readonly signal?: AbortSignal | undefined;
  /** More listeners beside the plain one, and their configuration. */
  readonly security?: KafkaSecurity;
  /** Called with a line for people when the start takes longer than usual. */
  readonly report?: (line: string) => void;
  readonly onUnexpectedEnd?: (fault: Fault) => void;
}

export interface KafkaSecurity {
  readonly listeners: readonly {
    readonly name: string;
    readonly protocol: 'PLAINTEXT' | 'SSL' | 'SASL_SSL' | 'SASL_PLAINTEXT';
    readonly port: number;
    /** What clients are told, where they shall come through a proxy. */
    readonly advertisedPort?: number;
  }[];
  /** More of `server.properties`. */
  readonly properties: Readonly<Record<string, string>>;
  /** Options for Java. */
  readonly java: readonly string[];
  /** SCRAM credentials in the form of the formatting tool. */
  readonly scram: readonly string[];
}

export interface EmbeddedKafka {
  /** In the form of `KAFKA_BROKERS`. */
  readonly brokers: string;
  readonly logFile: string;
  /** Process id; null while it is stopped. */
  readonly pid: number | null;
  /** Starts it again with the same data and port. */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

interface Java {
  command: string;
  classPath: string;
}

const NODE_ID = 1;
const DATA = 'data';

/** Stops a broker that an earlier run left behind in this directory. Then starts one and waits until it is ready. */
export async function startKafka(options: KafkaOptions): Promise<EmbeddedKafka> {
  const { home, port, signal, security } = options;
  const brokers = `127.0.0.1:${port}`;
  const properties = join(home, 'server.properties');
  const data = join(home, DATA);
  const java: Java = { command: '', classPath: '' };
  const server = new EmbeddedServer({
    name: 'The embedded Kafka broker',
    home,
    port,
    portSetting: options.portSetting ?? null,
    instead: 'set KAFKA_BROKERS to a broker of your own',
    mark: properties,
    stopSignal: 'SIGTERM',
    stopWithinMs: 20_000,
    command: async () => {
      await writeFile(properties, brokerProperties(port, await freePort(), security));
      return {
        command: java.command,
        args: [...(security?.java ?? []), ...brokerArguments(java, properties)],
        cwd: home,
        env: process.env,
      };
    },
    isReady: async () => (await answeringCluster(brokers)) === (await readClusterId(data)),
    onUnexpectedEnd: options.onUnexpectedEnd,
  });
  await mkdir(home, { recursive: true });
  await server.clearTheWay();
  java.command = await findJava();
  java.classPath = await kafkaClassPath({
    cacheDir: options.cacheDir ?? home,
    report: options.report,
    signal,
  });
  if ((await readClusterId(data)) === null) {
    await rm(data, { recursive: true, force: true });
    await writeFile(properties, brokerProperties(port, await freePort(), security));
    await format(java, properties, security?.scram ?? [], signal);
  }
  await server.start(signal);
  return {
    brokers,
    logFile: server.logFile,
    get pid() {
      return server.pid;
    },
    start: () => server.start(),
    stop: () => server.stop(),
    kill: () => server.kill(),
  };
}

function brokerArguments({ classPath }: Java, properties: string): string[] {
  return [
    '-Xms256m',
    '-Xmx512m',
    '-Djava.awt.headless=true',
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
    '-Dorg.slf4j.simpleLogger.showDateTime=true',
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
    '-cp',
    classPath,
    'kafka.Kafka',
    properties,
  ];
}

function brokerProperties(port: number, controllerPort: number, security?: KafkaSecurity): string {
  const more = security?.listeners ?? [];
  const all = [{ name: 'PLAINTEXT', port }, ...more];
  const addresses = all.map((listener) => `${listener.name}://127.0.0.1:${listener.port}`).join(',');
  const advertised = all
    .map((listener) => ({ advertisedPort: listener.port, ...listener }))
    .map(({ name, advertisedPort }) => `${name}://127.0.0.1:${advertisedPort}`)
    .join(',');
  const protocols = more.map(({ name, protocol }) => `,${name}:${protocol}`).join('');
  return `# Written at every start.
process.roles=broker,controller
node.id=${NODE_ID}
listeners=${addresses},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=${advertised}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT${protocols}
controller.listener.names=CONTROLLER
controller.quorum.voters=${NODE_ID}@127.0.0.1:${controllerPort}
# Below the broker's working directory.
log.dirs=${DATA}
auto.create.topics.enable=false
# After a kill -9 the broker can register again only when its old session has ended.
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
log.cleaner.dedupe.buffer.size=16777216
${Object.entries(security?.properties ?? {})
  .map(([name, value]) => `${name}=${value.replaceAll('\n', '\\n')}\n`)
  .join('')}`;
}

/** Null if formatting has not ended: it writes `meta.properties` first and `bootstrap.checkpoint` last. */
async function readClusterId(data: string): Promise<string | null> {
  try {
    await readFile(join(data, 'bootstrap.checkpoint'));
    const properties = await readFile(join(data, 'meta.properties'), 'utf8');
    return /^cluster\.id=(.+)$/m.exec(properties)?.[1] ?? null;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  }
}

async function format(
  java: Java,
  properties: string,
  scram: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const tool = ['-cp', java.classPath, 'kafka.tools.StorageTool', 'format'];
  const credentials = scram.flatMap((credential) => ['--add-scram', credential]);
  try {
    await promisify(execFile)(
      java.command,
      [...tool, '-t', newClusterId(), '-c', properties, ...credentials],
      {
        cwd: dirname(properties),
        signal,
      },
    );
  } catch (error) {
    signal?.throwIfAborted();
    throw new Fault(`The data directory of the embedded Kafka broker cannot be made: ${messageOf(error)}`);
  }
}

/** 16 random bytes in Kafka's form. It must not begin with "-", which would look like an option. */
function newClusterId(): string {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? newClusterId() : id;
}

/** The id of the cluster that answers there. Undefined until it has a controller and a broker. */
async function answeringCluster(brokers: string): Promise<string | undefined> {
  const admin = createClient(brokers, {
    connectionTimeout: 1_000,
    requestTimeout: 2_000,
    retry: { retries: 0 },
  }).admin();
  try {
    await admin.connect();
    const cluster = await admin.describeCluster();
    return cluster.brokers.length > 0 && cluster.controller !== null ? cluster.clusterId : undefined;
  } finally {
    await admin.disconnect();
  }
}
