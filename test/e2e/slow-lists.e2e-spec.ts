/** REST that waits for the database keeps nothing else waiting: deliveries have connections of their own. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withClient } from '../../dev/embedded-postgres.ts';
import { eventually } from '../support/eventually.ts';
import type { Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { userEvent } from '../support/topics.ts';
import { readiness } from '../support/troubles.ts';

/** As README tells. */
const REST_CONNECTIONS = 8;

let stage: Stage;
let service: Service;

beforeEach(async () => {
  stage = await Stage.set({ RETRY_SCHEDULE: '30d' });
  service = await stage.startService();
});

afterEach(() => stage.strike());

async function query<Row extends object>(statement: string, parameters: unknown[] = []): Promise<Row[]> {
  return withClient(
    stage.database.url,
    async (client) => (await client.query<Row>(statement, parameters)).rows,
  );
}

async function waitingForALock(): Promise<number> {
  const waiting = await query(`
    SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`);
  return waiting.length;
}

it('40 lists that take every connection of REST hold up no delivery that is to be stored, and readiness is right', async () => {
  const id = await service.createWebhook({ url: stage.receiver.url() });
  stage.receiver.answer = (_, response) => void response.writeHead(400).end();
  await withClient(stage.database.url, async (client) => {
    // As long as this is held, every list of the audit trail waits in the database.
    await client.query('BEGIN');
    await client.query('LOCK TABLE audit_entries IN ACCESS EXCLUSIVE MODE');
    const lists = Array.from({ length: 40 }, () => service.rest().get('/audit'));
    await eventually(async () => {
      expect(await waitingForALock()).toBeGreaterThanOrEqual(REST_CONNECTIONS);
    });
    await stage.topics.produce(userEvent('jdoe'), userEvent('jdoe'));
    await eventually(async () => {
      expect(await stage.topics.committed()).toBe(2);
    });
    expect(await query('SELECT FROM retries WHERE webhook_id = $1', [id])).toHaveLength(2);
    expect(await readiness(service)).toEqual({ status: 200, down: [] });
    expect(await waitingForALock()).toBeGreaterThanOrEqual(REST_CONNECTIONS);
    await client.query('COMMIT');
    const statuses = new Set((await Promise.all(lists)).map(({ status }) => status));
    expect([...statuses].every((status) => [200, 503].includes(status))).toBe(true);
  });
});
