/**
 * The wall clock of an instance is set back and forward under load: heartbeats, retries and order go on. Kafka takes
 * records from up to an hour ahead of its own clock (`message.timestamp.after.max.ms`).
 */
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { Load } from '../support/load.ts';
import { expectAllDelivered } from '../support/outcome.ts';
import { Random } from '../support/random.ts';
import type { Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { PATIENT_SCHEDULE, received, refusing } from '../support/traffic.ts';

const CLOCK = fileURLToPath(new URL('../support/stepping-clock.mjs', import.meta.url));
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const EVENTS_PER_SECOND = 200;
/** The session timeout is 10 s. */
const IDLE_MS = 14_000;
const LONGER_THAN_A_SESSION = EVENTS_PER_SECOND * 14;

let stage: Stage;

afterEach(() => stage.strike());

async function begin(steps: readonly number[]): Promise<{ service: Service; webhookId: string }> {
  stage = await Stage.set({ RETRY_SCHEDULE: PATIENT_SCHEDULE });
  const service = await stage.startService({
    NODE_OPTIONS: `--import ${CLOCK}`,
    CLOCK_STEPS: steps.join(','),
  });
  const webhookId = await service.createWebhook({ url: stage.receiver.url() });
  stage.receiver.answer = refusing(Random.seeded(), 0.1);
  return { service, webhookId };
}

function load(): Load {
  return new Load(stage.topics, { users: 100, perSecond: EVENTS_PER_SECOND });
}

it.each([
  ['back', -50 * MINUTE_MS],
  ['forward', 50 * MINUTE_MS],
])('set %s under load', async (_what, step) => {
  const { service, webhookId } = await begin([step]);
  const events = load();
  await received(stage, EVENTS_PER_SECOND);
  service.process.kill('SIGUSR2');
  await received(stage, LONGER_THAN_A_SESSION);
  await expectAllDelivered(stage, [{ webhookId, events: await events.stop() }]);
  const startedAt = Date.parse(stage.attempts.at(-1)?.started_at ?? '');
  expect(Math.abs(startedAt - Date.now() - step), 'the service has the clock').toBeLessThan(10 * MINUTE_MS);
});

it('set back while nothing happens: it sent no heartbeats, lost its partitions and committed nothing ever after', async () => {
  const { service, webhookId } = await begin([-50 * MINUTE_MS]);
  service.process.kill('SIGUSR2');
  await pause(IDLE_MS);
  const events = load();
  await received(stage, EVENTS_PER_SECOND);
  await expectAllDelivered(stage, [{ webhookId, events: await events.stop() }]);
});

it('set forward so far that Kafka refuses its records: offsets are held, readiness says so, and all is published when it is right again', async () => {
  const { service, webhookId } = await begin([DAY_MS, -DAY_MS]);
  const events = load();
  await received(stage, EVENTS_PER_SECOND);
  service.process.kill('SIGUSR2');
  await eventually(async () => {
    const answer = await service.rest().get<{ error: object }>(`${service.url}/health/ready`);
    expect(answer.status).toBe(503);
    expect(Object.keys(answer.data.error)).toEqual(['deliveries']);
  });
  service.process.kill('SIGUSR2');
  await received(stage, LONGER_THAN_A_SESSION);
  await expectAllDelivered(stage, [{ webhookId, events: await events.stop() }]);
});
