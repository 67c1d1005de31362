/**
 * The floor of this stack: kafkajs, undici's dispatch and batched results in key order, and nothing else. No matching,
 * no checks, no retries, no breaker, no limits per webhook: a failed request ends the process. It does the same work
 * towards the outside as the service: the same request, with a signature unless `SIGN=false`, and the same record on the
 * results topic. What the service has found to make kafkajs cheaper is used here too: its changes to kafkajs and its
 * partitioner, unless `KAFKAJS=as-installed`, waiting for company before a send, and its signatures. Connections are
 * undici's own, or the service's with `CONNECTIONS=own`.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Batch, Message } from 'kafkajs';
import { Agent, buildConnector } from 'undici';
import type { Dial } from '../../src/delivery/dial.ts';
import { Connections } from '../../src/delivery/connections.ts';
import { HmacSha256 } from '../../src/delivery/signer.ts';
import { SocketLimit } from '../../src/delivery/socket-limit.ts';
import { PartitionReader, type Fetched } from '../../src/kafka/fetched/partition-reader.ts';
import { deliver, type Delivery } from './deliver.ts';

const {
  BROKERS = '',
  GROUP_ID = '',
  EVENTS_TOPIC = '',
  DELIVERIES_TOPIC = '',
  WEBHOOK_URL = '',
} = process.env;
const IN_FLIGHT = 256;
const HELD_AT_MOST = 5_000;
const RECORDS_PER_SEND = 500;
const LINGER_MS = 10;
const MAX_RECORD_BYTES = 2 * 1024 * 1024;

const asInstalled = process.env['KAFKAJS'] === 'as-installed';
const { CompressionTypes, Kafka, logLevel, Partitioners } = asInstalled
  ? await import('kafkajs')
  : await import('../../src/kafka/kafkajs.ts');
const createPartitioner = asInstalled
  ? Partitioners.DefaultPartitioner
  : (await import('../../src/kafka/remembering-partitioner.ts')).rememberingPartitioner;

const kafka = new Kafka({ clientId: 'bare', brokers: BROKERS.split(','), logLevel: logLevel.ERROR });
const producer = kafka.producer({ createPartitioner });
const consumer = kafka.consumer({
  groupId: GROUP_ID,
  maxWaitTimeInMs: 250,
  maxBytes: 1_048_576,
  maxBytesPerPartition: 262_144,
});
const dial = buildConnector({ rejectUnauthorized: false }) as Dial;
const agent =
  process.env['CONNECTIONS'] === 'own'
    ? new Connections(
        { dial, allowH2: false, idleMs: 30_000, lifetimeMs: Infinity },
        new SocketLimit(Infinity),
      )
    : new Agent({ pipelining: 1, keepAliveTimeout: 30_000, connect: { rejectUnauthorized: false } });
const url = new URL(WEBHOOK_URL);
const webhookId = randomUUID();
const signer = process.env['SIGN'] === 'false' ? null : new HmacSha256(randomBytes(32));

/** What waits behind each user's delivery that is ready or under way. */
const behind = new Map<string, Delivery[]>();
let ready: Delivery[] = [];
let at = 0;
let inFlight = 0;
let held = 0;
let room: (() => void) | null = null;
const results: Message[] = [];
let sending = false;

function accept(delivery: Delivery): void {
  held += 1;
  const line = behind.get(delivery.key);
  if (line) {
    line.push(delivery);
    return;
  }
  behind.set(delivery.key, []);
  ready.push(delivery);
  startReady();
}

function startReady(): void {
  while (inFlight < IN_FLIGHT) {
    const next = ready[at];
    if (!next) break;
    at += 1;
    inFlight += 1;
    deliver(agent, url, next, signer, arrived);
  }
  if (at > 1_024) {
    ready = ready.slice(at);
    at = 0;
  }
}

function arrived(delivery: Delivery, statusCode: number, body: string): void {
  inFlight -= 1;
  const next = behind.get(delivery.key)?.shift();
  if (next) ready.push(next);
  else behind.delete(delivery.key);
  startReady();
  results.push(toRecord(delivery, statusCode, body));
  if (!sending) {
    sending = true;
    void publish();
  }
}

async function publish(): Promise<void> {
  while (results.length > 0) {
    if (results.length < RECORDS_PER_SEND) await pause(LINGER_MS);
    const messages = results.splice(0, RECORDS_PER_SEND);
    await producer.send({ topic: DELIVERIES_TOPIC, acks: -1, compression: CompressionTypes.None, messages });
    held -= messages.length;
    if (held < HELD_AT_MOST / 2) room?.();
  }
  sending = false;
}

function toRecord(
  { event, startedAt, partition, offset }: Delivery,
  statusCode: number,
  body: string,
): Message {
  const id = randomUUID();
  const started = new Date(startedAt).toISOString();
  const attempt = {
    id,
    delivery_id: randomUUID(),
    event_id: event.id,
    event_type: event.type,
    event_timestamp: event.timestamp,
    webhook_id: webhookId,
    webhook_url: WEBHOOK_URL,
    method: 'POST',
    attempt: 1,
    reason: 'event',
    outcome: 'delivered',
    status_code: statusCode,
    error_code: null,
    error_message: null,
    duration_ms: Date.now() - startedAt,
    response_body: body,
    started_at: started,
    next_attempt_at: null,
    source_topic: EVENTS_TOPIC,
    source_partition: partition,
    source_offset: offset,
  };
  const headers = {
    ce_specversion: '1.0',
    ce_id: id,
    ce_type: 'webhook.attempt.delivered',
    ce_source: '/user-webhooks',
    ce_time: started,
    'content-type': 'application/json',
  };
  return { key: webhookId, value: JSON.stringify(attempt), headers };
}

await producer.connect();
await consumer.connect();
await consumer.subscribe({ topics: [EVENTS_TOPIC], fromBeginning: true });
await consumer.run({
  eachBatchAutoResolve: asInstalled,
  eachBatch: async (payload) => {
    const { batch } = payload;
    for (const { key, value, offset } of asInstalled ? batch.messages : await readRecords(batch)) {
      const event = JSON.parse(String(value)) as Delivery['event'];
      const body = Buffer.from(JSON.stringify(event.data));
      accept({
        key: String(key),
        event,
        body,
        partition: batch.partition,
        offset: String(offset),
        startedAt: 0,
      });
      payload.resolveOffset(String(offset));
    }
    if (held >= HELD_AT_MOST) await new Promise<void>((resolve) => (room = resolve));
  },
});
process.once('SIGTERM', () => {
  void stop();
});

/** The service's change to kafkajs leaves what was fetched as bytes. */
async function readRecords(
  batch: Batch,
): Promise<{ key: Buffer | null; value: Buffer | null; offset: number }[]> {
  const reader = new PartitionReader(batch as unknown as Fetched, MAX_RECORD_BYTES);
  const read = [];
  while (!reader.done) read.push((await reader.next())?.records ?? []);
  return read.flat();
}

async function stop(): Promise<void> {
  await consumer.stop();
  while (held > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  await Promise.all([consumer.disconnect(), producer.disconnect()]);
  process.exit(0);
}
