/** A process that may open few files: receivers that hang take none from good ones, nor from Kafka, PostgreSQL and REST. */
import { readdirSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withClient } from '../../dev/embedded-postgres.ts';
import { eventually } from '../support/eventually.ts';
import type { Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { userEvent } from '../support/topics.ts';

const OPEN_FILES = 256;
const HANGING = 80;
/** By which deliveries are bounded then. */
const PLACES = 96;

let stage: Stage;
let service: Service;
let hanging: Server;
const sockets = new Set<Socket>();

beforeAll(async () => {
  hanging = createServer((socket) => {
    sockets.add(socket);
    socket
      .on('error', () => undefined)
      .on('close', () => sockets.delete(socket))
      .resume();
  });
  await new Promise<void>((resolve) => hanging.listen(0, '127.0.0.1', resolve));
  stage = await Stage.set();
  const limits = { MAX_IN_FLIGHT_PER_WEBHOOK: '4', REQUEST_TIMEOUT: '1s', RETRY_SCHEDULE: '100ms' };
  service = await stage.startService(limits, OPEN_FILES);
});

afterAll(async () => {
  await stage.strike();
  for (const socket of sockets) socket.destroy();
  hanging.close();
});

it('the limit of requests is lowered to what fits, and said at the start', () => {
  const said = service.log.find(({ msg }) => msg?.startsWith('MAX_IN_FLIGHT is'));
  expect(said?.msg).toContain(
    `MAX_IN_FLIGHT is ${PLACES} instead of 1024, as the process may open only ${OPEN_FILES}`,
  );
});

it('80 receivers that hang fail no good delivery, and health is answered all the time', async () => {
  const good = await service.createWebhook({ url: stage.receiver.url('/good') });
  await addHanging((hanging.address() as AddressInfo).port);
  // A change through REST brings everything that is stored into use.
  expect((await service.rest().patch(`/webhooks/${good}`, { description: 'good' })).status).toBe(200);
  let mostSockets = 0;
  let mostFiles = 0;
  let answers = 0;
  const faults: unknown[] = [];
  const watching = setInterval(() => {
    mostSockets = Math.max(mostSockets, sockets.size);
    mostFiles = Math.max(mostFiles, readdirSync(`/proc/${service.process.pid ?? 0}/fd`).length);
    service
      .rest(null)
      .get('/health/live', { baseURL: service.url })
      .then(({ status }) => (status === 200 ? (answers += 1) : faults.push(status)))
      .catch((error: unknown) => faults.push(error));
  }, 50);
  const events = Array.from({ length: 200 }, (_, at) => userEvent(`user-${at}`));
  try {
    await stage.topics.produce(...events);
    await eventually(() => stage.check(good, events, stage.receiver.of('/good')));
  } finally {
    clearInterval(watching);
  }
  expect(mostSockets).toBeGreaterThan(HANGING / 2);
  expect(mostFiles).toBeLessThan(OPEN_FILES - 64);
  expect(answers).toBeGreaterThan(0);
  expect(faults).toEqual([]);
  const ofGood = stage.attempts.filter(({ webhook_id }) => webhook_id === good);
  expect(ofGood.filter(({ outcome }) => outcome !== 'delivered')).toEqual([]);
  const codes = new Set(stage.attempts.map(({ error_code }) => error_code));
  expect([...codes].filter((code) => code !== null && code !== 'timeout')).toEqual([]);
  expect(service.exit).toBeNull();
});

async function addHanging(port: number): Promise<void> {
  await withClient(stage.database.url, async (client) => {
    await client.query(
      `INSERT INTO webhooks (id, url, triggers, method)
       SELECT gen_random_uuid(), 'http://127.0.0.1:' || $1 || '/' || n || '/', '{user_created}', 'POST'
       FROM generate_series(1, $2::integer) AS n`,
      [String(port), HANGING],
    );
  });
}
