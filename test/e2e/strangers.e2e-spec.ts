/** The HTTP port under strangers who hold connections, and callers who ask for too much at once: nobody else notices. */
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withClient } from '../../dev/embedded-postgres.ts';
import { eventually } from '../support/eventually.ts';
import type { Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { userEvent } from '../support/topics.ts';
import { readiness } from '../support/troubles.ts';

/** So many files are kept for others than deliveries, most of them for the HTTP server. */
const OPEN_FILES = 1_024;
const MAX_REQUESTS = 64;

let stage: Stage;
let service: Service;
const strangers: Socket[] = [];

beforeEach(async () => {
  stage = await Stage.set();
  service = await stage.startService({}, OPEN_FILES);
});

afterEach(async () => {
  for (const socket of strangers.splice(0)) socket.destroy();
  await stage.strike();
});

async function hold(text: string): Promise<void> {
  const { hostname, port } = new URL(service.url);
  const socket = connect(Number(port), hostname).on('error', () => undefined);
  strangers.push(socket.resume());
  await new Promise((resolve) => socket.once('connect', resolve));
  if (text !== '') socket.write(text);
}

it('2,000 connections that say nothing, or never end what they say, keep out neither health nor REST nor deliveries', async () => {
  const id = await service.createWebhook({ url: stage.receiver.url() });
  const body = 'POST /api/v1/webhooks HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n{';
  const texts = ['', 'GET /health/live HTTP/1.1\r\nX-Slow: ', body];
  for (let count = 0; count < 2_000; count += 1) {
    await hold(texts[count % texts.length] ?? '');
    if (count % 200 !== 0) continue;
    expect(await readiness(service)).toEqual({ status: 200, down: [] });
    expect((await service.rest().get(`/webhooks/${id}`)).status).toBe(200);
  }
  const events = Array.from({ length: 100 }, (_, index) => userEvent(`user-${index}`));
  await stage.topics.produce(...events);
  await eventually(() => {
    stage.check(id, events, stage.receiver.requests);
  });
  expect(service.exit).toBeNull();
});

it('what never ends its head is told so within seconds', async () => {
  await hold('GET /health/live HTTP/1.1\r\nX-Slow: ');
  const [slow] = strangers;
  let said = '';
  slow?.on('data', (bytes: Buffer) => (said += bytes.toString()));
  await eventually(() => {
    expect(said).toContain('too slow');
  }, 30_000);
});

it('of 200 calls at once that PostgreSQL keeps waiting, those beyond the limit are told to come again', async () => {
  // With 1,024 open files there are fewer connections than calls, and some may be closed unanswered.
  const roomy = await stage.startService({}, 4 * OPEN_FILES);
  const statuses: number[] = [];
  await withClient(stage.database.url, async (client) => {
    await client.query('BEGIN');
    await client.query('LOCK TABLE audit_entries IN ACCESS EXCLUSIVE MODE');
    const calls = Array.from({ length: 200 }, async () => {
      const { status, headers } = await roomy.rest().get('/audit');
      statuses.push(status);
      if (statuses.length <= 200 - MAX_REQUESTS) expect([status, headers['retry-after']]).toEqual([503, '1']);
    });
    await eventually(() => {
      expect(statuses.length).toBeGreaterThanOrEqual(200 - MAX_REQUESTS);
    });
    expect((await readiness(roomy)).status).toBe(200);
    await client.query('COMMIT');
    await Promise.all(calls);
  });
  expect((await roomy.rest().get('/audit')).status).toBe(200);
});
