/** One endpoint is dead, hangs or misbehaves for long: the others do not notice, and its own backlog drains in order. */
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { Load } from '../support/load.ts';
import { Offsets } from '../support/offsets.ts';
import { expectAllDelivered } from '../support/outcome.ts';
import { residentMiB } from '../support/processor.ts';
import type { Answering } from '../support/receiver.ts';
import { Stage } from '../support/stage.ts';
import { received } from '../support/traffic.ts';

let stage: Stage;

afterEach(() => stage.strike());

/** Through a minute of a dead endpoint, and its breaker's cool-down afterwards. */
const SCHEDULE = Array.from({ length: 50 }, () => '3s').join(',');

const DEAD: [string, Answering][] = [
  ['hangs', () => undefined],
  ['resets every connection', (_request, response) => void response.socket?.resetAndDestroy()],
  ['answers 503', (_request, response) => void response.writeHead(503).end()],
];

describe('an endpoint', () => {
  it.each(DEAD)(
    'that %s holds no offset for long, and gets everything in order when it is back',
    async (_what, dead) => {
      stage = await Stage.set({ RETRY_SCHEDULE: SCHEDULE });
      const service = await stage.startService();
      const [bad, good] = [
        await service.createWebhook({ url: stage.receiver.url('/bad'), timeout_ms: 3_000 }),
        await service.createWebhook({ url: stage.receiver.url('/good') }),
      ];
      let alive = false;
      stage.receiver.answer = (request, response) => {
        if (request.path === '/bad' && !alive) void dead(request, response);
        else response.end();
      };
      const load = new Load(stage.topics, { users: 200, perSecond: 200 });
      // Its breaker opens and has closed to probes a few times.
      await received(stage, 200 * 25);
      const events = await load.stop();
      const offsets = await Offsets.of(stage.topics);
      await eventually(async () => {
        expect(await offsets.lag(), 'offsets that the dead endpoint holds').toBe(0);
      }, 30_000);
      await offsets.close();
      expect(residentMiB(service.process.pid) ?? 0).toBeLessThan(500);
      alive = true;
      const duplicates = await expectAllDelivered(
        stage,
        [
          { webhookId: bad, events, requests: () => stage.receiver.of('/bad') },
          { webhookId: good, events, requests: () => stage.receiver.of('/good') },
        ],
        300_000,
      );
      expect(duplicates).toEqual([0, 0]);
    },
  );
});
