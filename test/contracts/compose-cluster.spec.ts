/** The profile `cluster` of docker-compose.yml: three brokers that keep what they acknowledge, three instances, one group. */
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { joinedShape } from '../../src/config/read-settings.ts';
import { DECLARATIONS } from '../../src/settings.ts';
import { readDocument } from './documents.ts';

interface ComposeService {
  readonly profiles?: readonly string[];
  readonly image?: string;
  readonly environment: Readonly<Record<string, string | number>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly deploy?: { readonly replicas: number };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly read_only?: boolean;
  readonly stop_grace_period?: string;
}

const { services, volumes } = parse(readDocument('docker-compose.yml'), { merge: true }) as {
  services: Record<string, ComposeService>;
  volumes: Record<string, unknown>;
};
const brokers = Object.entries(services).filter(([name]) => /^kafka-\d$/.test(name));
const { cluster } = services;

it('starts only on demand, and the services that start without it are those of before', () => {
  const always = Object.entries(services).filter(([, { profiles }]) => profiles === undefined);
  expect(always.map(([name]) => name)).toEqual(['kafka', 'postgres', 'user-webhooks']);
  const others = Object.values(services).filter(({ profiles }) => profiles !== undefined);
  expect(others.map(({ profiles }) => profiles)).toEqual(others.map(() => ['cluster']));
});

it('has three brokers of one cluster, each with an id, a place and a port of its own', () => {
  expect(brokers.map(([name]) => name)).toEqual(['kafka-1', 'kafka-2', 'kafka-3']);
  for (const [index, [name, broker]] of brokers.entries()) {
    const id = index + 1;
    expect(broker.image).toBe(services['kafka']?.image);
    expect(broker.environment).toMatchObject({
      KAFKA_NODE_ID: id,
      KAFKA_CONTROLLER_QUORUM_VOTERS: brokers.map(([host], at) => `${at + 1}@${host}:9093`).join(','),
      KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://${name}:19092,HOST://127.0.0.1:${9093 + id}`,
    });
    expect(String(broker.environment['KAFKA_LISTENERS'])).toContain(`HOST://:${9093 + id},`);
    expect(broker.ports).toEqual([`127.0.0.1:${9093 + id}:${9093 + id}`]);
    expect(broker.volumes).toEqual([`${name}-data:/var/lib/kafka/data`]);
    expect(volumes).toHaveProperty(`${name}-data`);
    // 16 bytes, as Kafka has it.
    expect(Buffer.from(String(broker.environment['CLUSTER_ID']), 'base64url')).toHaveLength(16);
  }
  expect(new Set(brokers.map(([, { environment }]) => environment['CLUSTER_ID'])).size).toBe(1);
});

it('keeps three copies of every topic, of which two must have what is acknowledged', () => {
  for (const [, { environment }] of brokers) {
    const copies = Object.entries(environment).filter(([name]) => name.endsWith('REPLICATION_FACTOR'));
    expect(copies.map(([, count]) => count)).toEqual([3, 3, 3, 3]);
    const inSync = Object.entries(environment).filter(([name]) => /MIN_ISR|MIN_INSYNC/.test(name));
    expect(inSync.map(([, count]) => count)).toEqual([2, 2, 2]);
  }
});

it('has three instances with a port each, all else as the single one', () => {
  expect(cluster?.deploy).toEqual({ replicas: 3 });
  expect(cluster?.ports).toEqual(['127.0.0.1:3001-3003:3000']);
  expect(cluster?.environment).toEqual({
    ...services['user-webhooks']?.environment,
    KAFKA_BROKERS: brokers.map(([name]) => `${name}:19092`).join(','),
  });
  const shape = joinedShape(DECLARATIONS);
  expect(Object.keys(cluster?.environment ?? {}).filter((name) => !(name in shape))).toEqual([]);
  expect(Object.keys(cluster?.depends_on ?? {})).toEqual([...brokers.map(([name]) => name), 'postgres']);
  expect(cluster).toMatchObject({ read_only: true, stop_grace_period: '35s' });
});
