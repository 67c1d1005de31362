/** The leases of stored deliveries: taken over when their holder died, kept while a slow answer is waited for. */
import { afterEach, expect, it } from 'vitest';
import { withClient } from '../../dev/embedded-postgres.ts';
import { eventually } from '../support/eventually.ts';
import { expectAllDelivered, liveRows } from '../support/outcome.ts';
import { Stage } from '../support/stage.ts';
import { userEvent } from '../support/topics.ts';
import { PATIENT_SCHEDULE, repeated } from '../support/traffic.ts';

/** Longer than a lease, which is 30 s. */
const SLOW_MS = 38_000;
const TIMEOUT_MS = 120_000;

let stage: Stage;

afterEach(() => stage.strike());

it('rows that a killed instance was sending are sent by another when their lease has run out', async () => {
  stage = await Stage.set({ RETRY_SCHEDULE: PATIENT_SCHEDULE });
  const first = await stage.startService();
  const webhookId = await first.createWebhook({ url: stage.receiver.url(), timeout_ms: 300_000 });
  const attempts = new Map<string, number>();
  let hanging = true;
  stage.receiver.answer = (request, response) => {
    const id = String(request.headers['webhook-id']);
    const attempt = (attempts.get(id) ?? 0) + 1;
    attempts.set(id, attempt);
    if (attempt === 1) response.writeHead(400).end();
    // The retry hangs in the first instance.
    else if (!hanging) response.end();
  };
  const events = Array.from({ length: 30 }, (_, index) =>
    userEvent(`user-${index % 10}`, { id: `e-${index}` }),
  );
  await stage.topics.produce(...events);
  await eventually(async () => {
    expect(await liveRows(stage)).toEqual({ sending: 10, waiting: 20 });
    expect(stage.receiver.requests).toHaveLength(20);
  });
  await stage.startService();
  await first.kill();
  const killedAt = Date.now();
  hanging = false;
  await expectAllDelivered(stage, [{ webhookId, events }]);
  const takenOver = stage.receiver.requests.filter(({ at }) => at > killedAt);
  expect((takenOver[0]?.at ?? 0) - killedAt).toBeGreaterThan(10_000);
  // Once each, though there were leases, polls and a sweep meanwhile: 10 that hung, and 20 that had to fail first.
  expect(takenOver).toHaveLength(10 + 2 * 20);
}, 300_000);

it('a request is made once though its answer takes longer than a lease: fresh, stored while under way, and a retry', async () => {
  stage = await Stage.set({ RETRY_SCHEDULE: PATIENT_SCHEDULE });
  const first = await stage.startService();
  await stage.startService();
  const webhookId = await first.createWebhook({ url: stage.receiver.url(), timeout_ms: 60_000 });
  const failed = new Set<string>();
  let broken = true;
  stage.receiver.answer = (request, response) => {
    const id = String(request.headers['webhook-id']);
    const failsOnce = id.startsWith('retried') && !failed.has(id);
    failed.add(id);
    if (failsOnce) response.writeHead(400).end();
    else if (broken && id.startsWith('failing')) response.writeHead(500).end();
    else if (/^(fresh|retried)/.test(id)) setTimeout(() => response.end(), SLOW_MS);
    else response.end();
  };
  const slow = Array.from({ length: 8 }, (_, index) => userEvent(`slow-${index}`, { id: `fresh-${index}` }));
  const behind = slow.map((_, index) => userEvent(`slow-${index}`, { id: `behind-${index}` }));
  const retried = Array.from({ length: 8 }, (_, index) =>
    userEvent(`retried-${index}`, { id: `retried-${index}` }),
  );
  await stage.topics.produce(...slow, ...retried);
  await eventually(() => {
    expect(stage.receiver.requests).toHaveLength(8 + 2 * 8);
  });
  await stage.topics.produce(...behind);
  // Breakers open, so that what is behind the slow ones is stored, and the slow ones with it.
  const failing = Array.from({ length: 60 }, (_, index) =>
    userEvent(`failing-${index}`, { id: `failing-${index}` }),
  );
  await stage.topics.produce(...failing);
  await eventually(async () => {
    expect(await storedUnderWay(), 'rows stored while under way').toBeGreaterThan(0);
  });
  // From now on: were each to fail its own first time, every probe of a breaker would find one that has not yet.
  broken = false;
  const events = [...slow, ...retried, ...behind, ...failing];
  const duplicates = await expectAllDelivered(stage, [{ webhookId, events }], TIMEOUT_MS);
  expect(duplicates).toEqual([0]);
  const counts = repeated(stage.receiver.requests);
  expect([...counts.keys()].filter((id) => /^(fresh|behind)/.test(id))).toEqual([]);
  expect([...counts].filter(([id, count]) => id.startsWith('retried') && count > 2)).toEqual([]);
}, 300_000);

async function storedUnderWay(): Promise<number> {
  return withClient(stage.database.url, async (client) => {
    const { rows } = await client.query<{ count: string }>(
      "SELECT count(*) FROM retries WHERE status = 'sending' AND event_id LIKE 'fresh-%'",
    );
    return Number(rows[0]?.count);
  });
}
