/**
 * `kill -9` of the service at random moments, again and again, under load, with a receiver that fails some requests.
 * Nothing is lost, and what is delivered twice was in flight: not yet committed, or a row that was being sent.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { withClient } from '../../dev/embedded-postgres.ts';
import { Load } from '../support/load.ts';
import { Offsets } from '../support/offsets.ts';
import { expectAllDelivered } from '../support/outcome.ts';
import { Random } from '../support/random.ts';
import { Stage } from '../support/stage.ts';
import { PATIENT_SCHEDULE } from '../support/traffic.ts';

const KILLS = 6;

let stage: Stage;

afterEach(() => stage.strike());

type Positions = Awaited<ReturnType<Stage['topics']['readPositions']>>;

/**
 * What was begun and is not finished now, and so may be requested again by whoever takes over: of the events that no
 * commit covers those that were requested or stored, and the rows that are being sent.
 */
async function unfinished(positions: Positions, offsets: Offsets): Promise<number> {
  const rows = await withClient(stage.database.url, async (client) => {
    const result = await client.query<{ event_id: string; status: string }>(
      'SELECT event_id, status FROM retries',
    );
    return result.rows;
  });
  const committed = await offsets.committed();
  const requested = stage.receiver.requests.map(({ headers }) => String(headers['webhook-id']));
  const begun = new Set([...requested, ...rows.map(({ event_id }) => event_id)]);
  const held = [...begun].filter((id) => {
    const position = positions.get(id);
    return !position || position.offset >= (committed.get(position.partition) ?? 0);
  });
  return held.length + rows.filter(({ status }) => status === 'sending').length;
}

it.each([
  { instances: 1, run: 1 },
  { instances: 1, run: 2 },
  { instances: 2, run: 1 },
  { instances: 2, run: 2 },
])('of $instances instance(s), run $run', async ({ instances }) => {
  const random = Random.seeded();
  stage = await Stage.set({ RETRY_SCHEDULE: PATIENT_SCHEDULE });
  const first = await stage.startService();
  for (let more = 1; more < instances; more += 1) await stage.startService();
  const webhookId = await first.createWebhook({ url: stage.receiver.url() });
  stage.receiver.answer = (_request, response) => {
    const failing = random.next();
    response.writeHead(failing < 0.1 ? 400 : failing < 0.13 ? 500 : 200).end();
  };
  const offsets = await Offsets.of(stage.topics);
  offsets.watch();
  const positions = await stage.topics.readPositions();
  const load = new Load(stage.topics, { users: 80, perSecond: 300 });
  let mayBeRepeated = 0;
  for (let kill = 0; kill < KILLS; kill += 1) {
    await pause(random.between(200, 6_000));
    const victim = random.pick(stage.running);
    await victim.kill();
    mayBeRepeated += await unfinished(positions, offsets);
    await stage.startService();
  }
  const events = await load.stop();
  const [duplicates] = await expectAllDelivered(stage, [{ webhookId, events }]);
  console.log({ seed: random.seed, instances, events: events.length, duplicates, mayBeRepeated });
  expect(duplicates).toBeLessThanOrEqual(mayBeRepeated);
  expect(offsets.wentBack).toEqual([]);
  await offsets.close();
});
