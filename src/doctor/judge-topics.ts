/** Judges what the brokers say about the three topics: whether they can be written, also while a broker is away. Pure. */
import { fault, ok, warning, type Finding } from './finding.ts';

export interface TopicFacts {
  readonly topic: string;
  readonly purpose: 'events' | 'results' | 'dead letters';
  readonly partitions: readonly {
    readonly leader: number;
    readonly replicas: number;
    readonly inSync: number;
  }[];
  /** By name; null: the brokers do not tell this client. */
  readonly configs: ReadonlyMap<string, string> | null;
}

export const CONFIGS = ['min.insync.replicas', 'cleanup.policy', 'max.message.bytes'];

export function judgeTopics(topics: readonly TopicFacts[]): Finding[] {
  const findings = topics.flatMap((facts) => judgeTopic(facts));
  const bytesOf = (purpose: TopicFacts['purpose']): number =>
    Number(topics.find((facts) => facts.purpose === purpose)?.configs?.get('max.message.bytes'));
  if (bytesOf('dead letters') <= bytesOf('events')) {
    const { topic = '' } = topics.find(({ purpose }) => purpose === 'dead letters') ?? {};
    findings.push(
      warning(
        `topic ${topic}`,
        'max.message.bytes is not larger than that of the events topic, so a large dead letter loses its value',
        'set max.message.bytes=8388608 on it',
      ),
    );
  }
  return findings;
}

function judgeTopic(facts: TopicFacts): Finding[] {
  const { topic, purpose, partitions, configs } = facts;
  const check = `topic ${topic}`;
  const replicas = Math.min(...partitions.map((partition) => partition.replicas));
  const findings = [...judgePartitions(check, facts), ...judgeReplicas(check, facts, replicas)];
  if (purpose === 'results' && (configs?.get('cleanup.policy') ?? '').includes('compact')) {
    findings.push(
      warning(
        check,
        'is compacted, and so loses results: its keys repeat',
        'set cleanup.policy=delete, and a retention',
      ),
    );
  }
  if (purpose === 'events' && partitions.length === 1) {
    findings.push(
      warning(
        check,
        'has one partition, so one instance does all the work',
        'add partitions: docs/operating.md says how',
      ),
    );
  }
  if (configs === null)
    findings.push(
      warning(
        check,
        'the brokers do not tell this client its configuration',
        'allow DESCRIBE_CONFIGS on it, for this check',
      ),
    );
  if (findings.some(({ state }) => state === 'fault')) return findings;
  return [ok(check, `partitions: ${partitions.length}, replicas: ${replicas}`), ...findings];
}

function judgePartitions(check: string, { partitions }: TopicFacts): Finding[] {
  const count = (is: (partition: TopicFacts['partitions'][number]) => boolean): number =>
    partitions.filter(is).length;
  const leaderless = count(({ leader }) => leader < 0);
  const behind = count(({ replicas, inSync }) => inSync < replicas);
  return [
    ...(leaderless > 0
      ? [fault(check, `partitions without a leader: ${leaderless}`, 'start the brokers that hold them')]
      : []),
    ...(behind > 0
      ? [
          warning(
            check,
            `partitions with replicas that are not in sync: ${behind}`,
            'see which broker is away or slow',
          ),
        ]
      : []),
  ];
}

function judgeReplicas(check: string, { partitions, configs }: TopicFacts, replicas: number): Finding[] {
  const least = Number(configs?.get('min.insync.replicas') ?? NaN);
  const tooFew = partitions.filter(({ inSync }) => inSync < least).length;
  if (least > replicas) {
    return [
      fault(
        check,
        `min.insync.replicas is ${least}, but there are ${replicas} replicas: nothing can be written`,
        'lower it, or add replicas',
      ),
    ];
  }
  if (tooFew > 0) {
    const found = `partitions with fewer in-sync replicas than min.insync.replicas (${least}): ${tooFew}, which take no writes`;
    return [fault(check, found, 'start the brokers that hold the others')];
  }
  if (replicas === 1) {
    const found = 'has one replica, so what it holds is lost with its broker';
    return [warning(check, found, 'use 3 replicas and min.insync.replicas=2 in production')];
  }
  if (least === replicas) {
    const found = `min.insync.replicas is ${least} of ${replicas} replicas: nothing can be written while one broker is away`;
    return [warning(check, found, `lower it to ${replicas - 1}, or add a replica`)];
  }
  if (least === 1) {
    const found = 'min.insync.replicas is 1, so what was acknowledged can be lost with one broker';
    return [warning(check, found, 'set it to 2')];
  }
  return [];
}
