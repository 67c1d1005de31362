/**
 * Shows the main job of a running service. It makes a webhook by REST and sends one event of each trigger to Kafka. Then it
 * waits for the requests at the receiver and for the records on the results topic. Afterwards only the records are left.
 */
import kafkajs, { type Kafka, type KafkaConfig } from 'kafkajs';
import type { Attempt } from '../../src/model/attempt.ts';
import { createClient } from '../kafka-client.ts';
import { Fault, messageOf } from '../fault.ts';
import { waitFor } from '../wait-for.ts';
import { demoEvents, type DemoEvent } from './events.ts';
import { startReceiver, type ReceivedRequest } from './receiver.ts';
import { readResults } from './results.ts';
import { showAttempts, showEvents, showRequests } from './show.ts';
import { webhookApi } from './webhook-api.ts';

export interface DemoTarget {
  readonly url: string;
  readonly adminToken: string;
  readonly kafkaBrokers: string;
  readonly kafkaSecurity: Pick<KafkaConfig, 'ssl' | 'sasl'>;
  readonly eventsTopic: string;
  readonly deliveriesTopic: string;
  readonly signal: AbortSignal;
  /** Called when everything was seen, while the webhook and its receiver are still there; it is waited for. */
  readonly onSeen: (webhookId: string) => Promise<void>;
}

const SEEN_WITHIN_MS = 60_000;

/** @throws Fault that says what is missing. */
export async function runDemo(target: DemoTarget): Promise<void> {
  await using cleanUp = new AsyncDisposableStack();
  const kafka = createClient(target.kafkaBrokers, { ...target.kafkaSecurity, retry: { retries: 2 } });
  const receiver = await startReceiver('/webhook');
  cleanUp.defer(() => receiver.close());
  const results = await orTopicFault(target, 'deliveries', readResults(kafka, target.deliveriesTopic));
  cleanUp.defer(() => results.close());

  const events = demoEvents();
  const api = webhookApi(target.url, target.adminToken);
  const webhookId = await api.create({
    url: receiver.url,
    description: `Demo for ${events[0]?.data.username ?? ''}`,
    secret_token: 'demo-secret-token',
    triggers: events.map(({ type }) => type),
    method: 'POST',
  });
  cleanUp.defer(async () => {
    await api.delete(webhookId).catch((error: unknown) => {
      console.error(`The demo's webhook ${webhookId} could not be deleted: ${messageOf(error)}`);
    });
  });
  console.log(`\nMade webhook ${webhookId} for ${receiver.url} at ${target.url}.`);

  await orTopicFault(target, 'events', produce(kafka, target.eventsTopic, events));
  showEvents(target.eventsTopic, events);
  const delivered = (): Attempt[] =>
    results.attempts.filter(({ webhook_id, outcome }) => webhook_id === webhookId && outcome === 'delivered');
  const missing = (): string[] => whatIsMissing(events, receiver.requests, delivered());
  const waiting = { timeoutMs: SEEN_WITHIN_MS, what: 'requests and records', signal: target.signal };
  await waitFor(() => missing().length === 0, waiting).catch((error: unknown) => {
    if (!(error instanceof Fault)) throw error;
  });
  showRequests(receiver.requests);
  showAttempts(
    target.deliveriesTopic,
    results.attempts.filter(({ webhook_id }) => webhook_id === webhookId),
  );
  if (missing().length > 0) throw new Fault(`Missing after 60 s: ${missing().join('; ')}.`);
  console.log('\nAll four requests and all four records were seen.');
  await target.onSeen(webhookId);
}

/** Turns an error of Kafka into a fault that names the settings to correct. */
async function orTopicFault<T>(
  target: DemoTarget,
  topic: 'events' | 'deliveries',
  use: Promise<T>,
): Promise<T> {
  try {
    return await use;
  } catch (error) {
    const [name, setting] = {
      events: [target.eventsTopic, 'USER_EVENTS_TOPIC'] as const,
      deliveries: [target.deliveriesTopic, 'DELIVERIES_TOPIC'] as const,
    }[topic];
    throw new Fault(
      `The topic ${name} cannot be used on Kafka at ${target.kafkaBrokers} (${messageOf(error)}): set KAFKA_BROKERS and ${setting} as the service has them.`,
    );
  }
}

async function produce(kafka: Kafka, topic: string, events: readonly DemoEvent[]): Promise<void> {
  const producer = kafka.producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
  });
  await producer.connect();
  try {
    await producer.send({
      topic,
      messages: events.map((event) => ({ key: event.data.username, value: JSON.stringify(event) })),
    });
  } finally {
    await producer.disconnect();
  }
}

function whatIsMissing(
  events: readonly DemoEvent[],
  requests: readonly ReceivedRequest[],
  delivered: readonly Attempt[],
): string[] {
  return events.flatMap(({ id, type }) => [
    ...(requests.some(({ event }) => event === type) ? [] : [`the request of ${type}`]),
    ...(delivered.some(({ event_id }) => event_id === id) ? [] : [`the record that ${type} was delivered`]),
  ]);
}
