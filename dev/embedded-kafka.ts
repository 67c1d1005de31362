/**
 * A real Apache Kafka broker on loopback, in KRaft mode, with its data in a directory of ours: the only node, or one of a
 * cluster, whose nodes must be started together.
 *
 * It starts again after a `kill -9`, on another port with the same data, and after formatting was interrupted. `java.ts`
 * finds Java, `maven-jars.ts` the jars, and `kafka-properties.ts` has the configuration.
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
import { classPathOf, KAFKA } from './maven-jars.ts';
import {
  brokerProperties,
  DATA,
  SINGLE_NODE,
  type KafkaNode,
  type KafkaSecurity,
} from './kafka-properties.ts';
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
  /** Which node of which cluster it is. Default: the only one. */
  readonly node?: KafkaNode;
  readonly heapMiB?: number;
  /** More listeners beside the plain one, and their configuration. */
  readonly security?: KafkaSecurity;
  /** Called with a line for people when the start takes longer than usual. */
  readonly report?: (line: string) => void;
  readonly onUnexpectedEnd?: (fault: Fault) => void;
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

const HEAP_MIB = 512;

/** Stops a broker that an earlier run left behind in this directory. Then starts one and waits until it is ready. */
export async function startKafka(options: KafkaOptions): Promise<EmbeddedKafka> {
  const { home, port, signal, security, node = SINGLE_NODE, heapMiB = HEAP_MIB } = options;
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
      await writeFile(properties, brokerProperties(port, await withControllers(node), security));
      return {
        command: java.command,
        args: [...(security?.java ?? []), ...brokerArguments(java, properties, heapMiB)],
        cwd: home,
        env: process.env,
      };
    },
    isReady: async () => (await answeringCluster(brokers, node.id)) === (await readClusterId(data)),
    onUnexpectedEnd: options.onUnexpectedEnd,
  });
  await mkdir(home, { recursive: true });
  await server.clearTheWay();
  java.command = await findJava();
  java.classPath = await classPathOf(KAFKA, {
    cacheDir: options.cacheDir ?? home,
    report: options.report,
    signal,
  });
  if ((await readClusterId(data)) === null) {
    await rm(data, { recursive: true, force: true });
    await writeFile(properties, brokerProperties(port, await withControllers(node), security));
    await format(java, properties, node.clusterId ?? newClusterId(), security?.scram ?? [], signal);
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

/** The only node may have another port for its controller at each start; nodes of a cluster must find each other. */
async function withControllers(node: KafkaNode): Promise<KafkaNode> {
  return node.controllerPorts.length > 0 ? node : { ...node, controllerPorts: [await freePort()] };
}

function brokerArguments({ classPath }: Java, properties: string, heapMiB: number): string[] {
  return [
    `-Xms${heapMiB / 2}m`,
    `-Xmx${heapMiB}m`,
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
  clusterId: string,
  scram: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const tool = ['-cp', java.classPath, 'kafka.tools.StorageTool', 'format'];
  const credentials = scram.flatMap((credential) => ['--add-scram', credential]);
  try {
    await promisify(execFile)(java.command, [...tool, '-t', clusterId, '-c', properties, ...credentials], {
      cwd: dirname(properties),
      signal,
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw new Fault(`The data directory of the embedded Kafka broker cannot be made: ${messageOf(error)}`);
  }
}

/** 16 random bytes in Kafka's form. It must not begin with "-", which would look like an option. */
export function newClusterId(): string {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? newClusterId() : id;
}

/** The id of the cluster that answers there. Undefined until it has a controller, and this node as a broker. */
async function answeringCluster(brokers: string, nodeId: number): Promise<string | undefined> {
  const admin = createClient(brokers, {
    connectionTimeout: 1_000,
    requestTimeout: 2_000,
    retry: { retries: 0 },
  }).admin();
  try {
    await admin.connect();
    const cluster = await admin.describeCluster();
    const registered = cluster.brokers.some((broker) => broker.nodeId === nodeId);
    return registered && cluster.controller !== null ? cluster.clusterId : undefined;
  } finally {
    await admin.disconnect();
  }
}
