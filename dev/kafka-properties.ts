/**
 * The configuration of an embedded broker, as `server.properties`. It makes no topic by itself.
 *
 * A single node keeps one copy of everything. Of a cluster of three each topic has three copies, of which two must have
 * a record before it is acknowledged, and a broker that is lost is noticed after the time that Kafka has by default.
 */

/** Below the broker's working directory. */
export const DATA = 'data';

export interface KafkaNode {
  /** From 1. */
  readonly id: number;
  /** In the order of the nodes. */
  readonly controllerPorts: readonly number[];
  /** In Kafka's form, the same for all nodes. Null: the node makes one. */
  readonly clusterId: string | null;
}

export const SINGLE_NODE: KafkaNode = { id: 1, controllerPorts: [], clusterId: null };

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

export function brokerProperties(port: number, node: KafkaNode, security?: KafkaSecurity): string {
  const { id, controllerPorts } = node;
  const more = security?.listeners ?? [];
  const all = [{ name: 'PLAINTEXT', port }, ...more];
  const addresses = all.map((listener) => `${listener.name}://127.0.0.1:${listener.port}`).join(',');
  const advertised = all
    .map((listener) => ({ advertisedPort: listener.port, ...listener }))
    .map(({ name, advertisedPort }) => `${name}://127.0.0.1:${advertisedPort}`)
    .join(',');
  const protocols = more.map(({ name, protocol }) => `,${name}:${protocol}`).join('');
  const voters = controllerPorts.map((controller, index) => `${index + 1}@127.0.0.1:${controller}`).join(',');
  return `# Written at every start.
process.roles=broker,controller
node.id=${id}
listeners=${addresses},CONTROLLER://127.0.0.1:${controllerPorts[id - 1]}
advertised.listeners=${advertised}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT${protocols}
controller.listener.names=CONTROLLER
controller.quorum.voters=${voters}
log.dirs=${DATA}
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4
share.coordinator.state.topic.num.partitions=4
log.cleaner.dedupe.buffer.size=16777216
${controllerPorts.length > 1 ? OF_A_CLUSTER : OF_A_SINGLE_NODE}${Object.entries(security?.properties ?? {})
    .map(([name, value]) => `${name}=${value.replaceAll('\n', '\\n')}\n`)
    .join('')}`;
}

const OF_A_SINGLE_NODE = `# After a kill -9 the broker can register again only when its old session has ended.
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
${copies(1, 1)}`;

const OF_A_CLUSTER = `default.replication.factor=3
min.insync.replicas=2
${copies(3, 2)}`;

function copies(replicas: number, inSync: number): string {
  return `offsets.topic.replication.factor=${replicas}
transaction.state.log.replication.factor=${replicas}
transaction.state.log.min.isr=${inSync}
share.coordinator.state.topic.replication.factor=${replicas}
share.coordinator.state.topic.min.isr=${inSync}
`;
}
