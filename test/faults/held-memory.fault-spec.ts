/** What is held is counted in bytes: whatever is due, or lies in the log, half a gigabyte is enough, and others go on. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withClient } from '../../dev/embedded-postgres.ts';
import { eventually } from '../support/eventually.ts';
import { batchOf, recordBytes, type BatchRecord } from '../support/log-batch.ts';
import { Offsets } from '../support/offsets.ts';
import { PeakMemory } from '../support/peak-memory.ts';
import { produceRaw } from '../support/raw-produce.ts';
import type { Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { userEvent } from '../support/topics.ts';

/** What Node gives itself in a container of 512 MiB. */
const NODE_OPTIONS = '--max-old-space-size=256';
const WITHIN_MIB = 512;
const ZSTD = 4;
const LONG = 'x'.repeat(900_000);

let stage: Stage;
let service: Service;
let silent: Server;
let silentUrl: string;
const connections = new Set<Socket>();

beforeEach(async () => {
  silent = createServer((socket) => {
    connections.add(socket.on('error', () => undefined).resume());
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  silentUrl = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  stage = await Stage.set({ NODE_OPTIONS, REQUEST_TIMEOUT: '60s' });
  service = await stage.startService();
  await service.createWebhook({ url: stage.receiver.url('/good'), triggers: ['user_created'] });
});

afterEach(async () => {
  for (const socket of connections) socket.destroy();
  connections.clear();
  silent.close();
  await stage.strike();
});

/** Good events of others, in all partitions, are delivered while `holds` comes to hold. */
async function goesOn(holds: () => void | Promise<void>): Promise<void> {
  const memory = process.platform === 'linux' ? new PeakMemory(service.process.pid ?? 0) : null;
  for (let round = 0; round < 3; round += 1) {
    const events = Array.from({ length: 20 }, (_, index) => userEvent(`good-${round}-${index}`));
    await stage.topics.produce(...events);
    await eventually(() => {
      const received = new Set(stage.receiver.of('/good').map(({ headers }) => headers['webhook-id']));
      expect(events.filter(({ id }) => !received.has(id))).toEqual([]);
    });
  }
  await eventually(holds);
  memory?.stop();
  expect(service.exit).toBeNull();
  if (memory) {
    expect(memory.peakMiB).toBeGreaterThan(0);
    expect(memory.peakMiB).toBeLessThan(WITHIN_MIB);
  }
}

/** Records of one partition, in batches of less than a broker takes. */
async function put(count: number, make: (index: number) => BatchRecord, batchRecords = 100): Promise<void> {
  for (let from = 0; from < count; from += batchRecords) {
    const frames = Array.from({ length: Math.min(batchRecords, count - from) }, (_, index) =>
      recordBytes(make(from + index), index),
    );
    const bytes = batchOf(zstdCompressSync(Buffer.concat(frames)), { codec: ZSTD, count: frames.length });
    await produceRaw(stage.topics.kafka, { topic: stage.topics.events, partition: 3 }, bytes);
  }
}

/** All of them are delivered to nobody, and are committed when they are stored. */
async function committed(): Promise<void> {
  const offsets = await Offsets.of(stage.topics);
  const lag = await offsets.lag();
  await offsets.close();
  expect(lag).toBe(0);
}

it('hundreds of due rows of 950 KB for one webhook: an instance of a gigabyte was killed at every start', async () => {
  const id = await service.createWebhook({ url: silentUrl, triggers: ['user_keys'] });
  await service.stop();
  await withClient(stage.database.url, (client) =>
    client.query(
      `INSERT INTO retries (delivery_id, webhook_id, status, due_at, attempts, event_id, event_type, event_timestamp, body)
       SELECT gen_random_uuid(), $1, 'pending', now(), 1, 'event-' || number, 'user_keys', '2026-11-27T00:00:00Z',
              convert_to('{"username":"jdoe","note":"' || repeat('x', 950000) || '"}', 'UTF8')
       FROM generate_series(1, 400) number`,
      [id],
    ),
  );
  service = await stage.startService();
  await goesOn(() => {
    expect(connections.size).toBeGreaterThan(5);
  });
});

it('hundreds of CloudEvents with a source of 900 KB, and a receiver that hangs: the heap was exhausted', async () => {
  await service.createWebhook({ url: silentUrl, triggers: ['user_keys'] });
  const headers = [
    ['ce_specversion', '1.0'],
    ['ce_type', 'user_keys'],
    ['ce_source', LONG],
  ] as const;
  await put(600, (index) => ({
    key: `user-${index}`,
    value: JSON.stringify({ username: `user-${index}` }),
    headers: [...headers, ['ce_id', String(index)]],
  }));
  // Some of the good ones lie behind all of these.
  await goesOn(() => {
    expect(connections.size).toBeGreaterThan(5);
  });
});

it('events with keys, user names and data of 900 KB, for ten receivers that hang', async () => {
  for (let index = 0; index < 10; index += 1)
    await service.createWebhook({ url: `${silentUrl}/${index}`, triggers: ['user_keys'] });
  await put(60, (index) => ({
    key: Buffer.concat([Buffer.alloc(900_000, 0xff), Buffer.from(String(index))]),
    value: JSON.stringify(userEvent(`user-${index}-ж${LONG}`, { type: 'user_keys' })),
  }));
  await goesOn(committed);
});

it('100,000 records of one byte: each was a line of the log, and hundreds of bytes of dead letters', async () => {
  await put(100_000, () => ({ value: 'x' }), 50_000);
  await goesOn(committed);
  await eventually(() => {
    const lines = service.log.filter(({ msg }) => String(msg).includes('dead-lettered'));
    expect(lines.reduce((sum, line) => sum + Number(line['records'] ?? 1), 0)).toBe(100_000);
    expect(lines.length).toBeLessThan(2_000);
  });
});
