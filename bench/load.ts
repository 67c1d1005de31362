/** Writes events of about 400 bytes to a topic, keyed by user: all at once before a measurement, or at a steady rate. */
import { setTimeout as pause } from 'node:timers/promises';
import { Partitioners, type Kafka, type Producer } from 'kafkajs';

const LOT = 1_000;
const STEADY_INTERVAL_MS = 5;

export interface Load {
  readonly topic: string;
  readonly events: number;
  readonly users: number;
}

export async function writeEvents(client: Kafka, { topic, events, users }: Load): Promise<void> {
  await withProducer(client, async (producer) => {
    for (let from = 0; from < events; from += LOT) {
      await send(producer, topic, from, Math.min(LOT, events - from), users);
    }
  });
}

/** @returns when all are written: after `events / perSecond` seconds. */
export async function writeSteadily(client: Kafka, load: Load, perSecond: number): Promise<void> {
  const { topic, events, users } = load;
  await withProducer(client, async (producer) => {
    const began = performance.now();
    for (let written = 0; written < events;) {
      const due = Math.min(events, Math.floor(((performance.now() - began) / 1_000) * perSecond));
      if (due > written) await send(producer, topic, written, due - written, users);
      written = Math.max(written, due);
      await pause(STEADY_INTERVAL_MS);
    }
  });
}

async function withProducer(client: Kafka, use: (producer: Producer) => Promise<void>): Promise<void> {
  // A lot that is sent again must not stand on the topic twice.
  const producer = client.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    idempotent: true,
    maxInFlightRequests: 1,
  });
  await producer.connect();
  await use(producer);
  await producer.disconnect();
}

async function send(
  producer: Producer,
  topic: string,
  from: number,
  count: number,
  users: number,
): Promise<void> {
  const messages = Array.from({ length: count }, (_, index) => message(from + index, users));
  await producer.send({ topic, acks: -1, messages });
}

function message(index: number, users: number): { key: string; value: string } {
  const username = `user-${index % users}`;
  const data = {
    username,
    email: `${username}@example.com`,
    first_name: 'Jane',
    last_name: 'Doe',
    groups: ['staff', 'developers'],
    is_admin: false,
    note: 'x'.repeat(120),
    produced_at: Date.now(),
  };
  const event = { id: `evt_${index}`, type: 'user_created', timestamp: new Date().toISOString(), data };
  return { key: username, value: JSON.stringify(event) };
}
