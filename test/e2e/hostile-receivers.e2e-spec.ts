/** Receivers as attackers: whatever they send, the attempt ends in time, the service lives and its neighbours are served. */
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Attempt } from '../../src/model/attempt.ts';
import { withClient } from '../../dev/embedded-postgres.ts';
import { eventually } from '../support/eventually.ts';
import { FLOODS, MALFORMED, NEVER_ANSWERING, type Hostile } from '../support/hostile.ts';
import { RawReceiver } from '../support/raw-receiver.ts';
import type { Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { userEvent } from '../support/topics.ts';

const TIMEOUT_MS = 2_000;
const CROWD = 500;
/** With one retry each, fewer attempts than open a breaker: all of them are made at once. */
const EVENTS = 4;
/** Of each request, whose connection gives out 64 KiB at once and whose answer is read for 64 KiB; garbage is collected late. */
const MOST_GROWTH_BYTES = CROWD * EVENTS * 256 * 1024;

const ALL = { ...NEVER_ANSWERING, ...FLOODS, ...MALFORMED };
const KINDS = Object.values(ALL);

let stage: Stage;
let service: Service;

beforeAll(async () => {
  stage = await Stage.set();
  service = await stage.startService({ REQUEST_TIMEOUT: `${TIMEOUT_MS}ms`, RETRY_SCHEDULE: '100ms' });
});

afterAll(async () => {
  await stage.strike();
});

describe('a receiver that sends', () => {
  let raw: RawReceiver;
  let webhookId: string;

  beforeAll(async () => {
    raw = await RawReceiver.start(() => undefined);
    webhookId = await service.createWebhook({ url: raw.url, timeout_ms: 500 });
  });

  afterAll(async () => {
    await service.rest().delete(`/webhooks/${webhookId}`);
    await raw.close();
  });

  async function attempt(): Promise<Attempt> {
    const path = `/webhooks/${webhookId}/test`;
    return (await service.rest().post<Attempt>(path, { trigger: 'user_created' })).data;
  }

  it.each(Object.entries(ALL))('%s', async (_what, { behave, errorCode }: Hostile) => {
    raw.behave = behave;
    const made = await attempt();
    expect(made).toMatchObject({
      outcome: errorCode === null ? 'delivered' : 'failed',
      error_code: errorCode,
    });
    expect(made.duration_ms).toBeLessThan(5_000);
  });

  it('bytes that are no text, which are kept as text all the same', async () => {
    raw.behave = (socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n');
      socket.write(Buffer.from([0x00, 0xff, 0xc3, 0x28, 0x1b, 0xe2]));
    };
    const made = await attempt();
    expect(made.response_body).toBe('\uFFFD\uFFFD\uFFFD(\u001b\uFFFD');
    await eventually(() => {
      expect(stage.attempts).toContainEqual(made);
    });
  });
});

describe(`${CROWD} of them at once`, () => {
  let crowd: Server;
  const sockets = new Set<Socket>();
  let mostSockets = 0;

  beforeAll(async () => {
    crowd = createServer((socket) => {
      sockets.add(socket);
      mostSockets = Math.max(mostSockets, sockets.size);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
      socket.once('data', (chunk) => {
        // Those who speak TLS are never answered.
        const [, kind] = /^POST \/(\d+)\//.exec(chunk.toString('latin1')) ?? [];
        if (kind !== undefined) KINDS[Number(kind) % KINDS.length]?.behave(socket, 1);
        socket.resume();
      });
    });
    await new Promise<void>((resolve) => crowd.listen(0, '127.0.0.1', resolve));
  });

  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => crowd.close(resolve));
  });

  it('take neither memory, nor connections, nor what is due to a good one', async () => {
    const good = await service.createWebhook({ url: stage.receiver.url('/good') });
    await addCrowd(good, (crowd.address() as AddressInfo).port);
    const before = residentBytes();
    let most = before;
    const watching = setInterval(() => (most = Math.max(most, residentBytes())), 50);
    try {
      const events = Array.from({ length: EVENTS }, (_, at) => userEvent(`user-${at}`));
      await stage.topics.produce(...events);
      await eventually(() => stage.check(good, events, stage.receiver.of('/good')));
      await eventually(() => {
        expect(ended(good).size, 'deliveries that are delivered or given up').toBe(CROWD * EVENTS);
      });
    } finally {
      clearInterval(watching);
    }
    expect(mostSockets).toBeGreaterThanOrEqual(CROWD / 2);
    expect(most - before, 'growth of resident memory').toBeLessThan(MOST_GROWTH_BYTES);
    await eventually(() => {
      expect(sockets.size, 'connections that are still open').toBe(0);
    });
    expect(service.exit).toBeNull();
    expect((await service.rest(null).get('/health/ready', { baseURL: service.url })).status).toBe(200);
  });

  /** Every tenth speaks TLS, or would if it were answered. */
  async function addCrowd(good: string, port: number): Promise<void> {
    await withClient(stage.database.url, async (client) => {
      await client.query(
        `INSERT INTO webhooks (id, url, triggers, method)
         SELECT gen_random_uuid(),
                CASE WHEN n % 10 = 0 THEN 'https' ELSE 'http' END || '://127.0.0.1:' || $1 || '/' || n || '/',
                '{user_created}', 'POST'
         FROM generate_series(1, $2::integer) AS n`,
        [String(port), CROWD],
      );
    });
    // Before it is answered, a change through REST brings everything that is stored into use.
    const noted = await service.rest().patch(`/webhooks/${good}`, { description: 'beside a crowd' });
    expect(noted.status).toBe(200);
  }

  /** The deliveries of the crowd that have their last attempt. Rows do not tell it: there are none before the first failure. */
  function ended(good: string): Set<string> {
    const last = stage.attempts.filter(
      ({ outcome, webhook_id }) => outcome !== 'failed' && webhook_id !== good,
    );
    return new Set(last.filter(({ reason }) => reason !== 'test').map(({ delivery_id }) => delivery_id));
  }

  function residentBytes(): number {
    const status = readFileSync(`/proc/${service.process.pid ?? 0}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024;
  }
});
