/** Writes events of about 400 bytes to a topic, keyed by user: all at once before a measurement, or at a steady rate. */
import { setTimeout as pause } from 'node:timers/promises';
import { Partitioners, type Kafka, type Producer } from 'kafkajs';

const LOT = 1_000;
const STEADY_INTERVAL_MS = 5;

export interface Load {
  readonly topic: string;
  readonly events: number;
  readonly users: number;
  /** False: events bear no time, so the sink does not measure how long they took. */
  readonly timed?: boolean;
}

export async function writeEvents(client: Kafka, load: Load): Promise<void> {
  const { events } = load;
  await withProducer(client, async (producer) => {
    for (let from = 0; from < events; from += LOT) {
      await send(producer, load, from, Math.min(LOT, events - from));
    }
  });
}

/** @returns when all are written: after `events / perSecond` seconds. */
export async function writeSteadily(client: Kafka, load: Load, perSecond: number): Promise<void> {
  const { events } = load;
  await withProducer(client, async (producer) => {
    const began = performance.now();
    for (let written = 0; written < events;) {
      const due = Math.min(events, Math.floor(((performance.now() - began) / 1_000) * perSecond));
      if (due > written) await send(producer, load, written, due - written);
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
  { topic, users, timed = true }: Load,
  from: number,
  count: number,
): Promise<void> {
  const messages = Array.from({ length: count }, (_, index) => message(from + index, users, timed));
  await producer.send({ topic, acks: -1, messages });
}

function message(index: number, users: number, timed: boolean): { key: string; value: string } {
  const username = `user-${index % users}`;
  const data = {
    username,
    email: `${username}@example.com`,
    first_name: 'Jane',
    last_name: 'Doe',
    groups: ['staff', 'developers'],
    is_admin: false,
    note: 'x'.repeat(120),
    ...(timed ? { produced_at: Date.now() } : {}),
  };
  const event = { id: `evt_${index}`, type: 'user_created', timestamp: new Date().toISOString(), data };
  return { key: username, value: JSON.stringify(event) };
}
