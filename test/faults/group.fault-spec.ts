/** Two to four instances in one group: joining, leaving, killed, and frozen past the session timeout. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { Load } from '../support/load.ts';
import { Offsets } from '../support/offsets.ts';
import { expectAllDelivered } from '../support/outcome.ts';
import { Random } from '../support/random.ts';
import type { Answering } from '../support/receiver.ts';
import type { Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { PATIENT_SCHEDULE, received, refusing, repeated } from '../support/traffic.ts';

/** Longer than the session timeout, which is 10 s. */
const FROZEN_MS = 14_000;

let stage: Stage;

afterEach(() => stage.strike());

/** Answers late, so that there is always something in flight. */
function late(answering: Answering): Answering {
  return (request, response) => void setTimeout(() => void answering(request, response), 100);
}

function partitionsOf(service: Service): number[] {
  return (service.log.findLast(({ msg }) => msg === 'joined the consumer group')?.['partitions'] ??
    []) as number[];
}

/** Waits until the instances have shared the partitions among them. */
async function shared(services: readonly Service[]): Promise<void> {
  await eventually(() => {
    const owned = services.flatMap(partitionsOf).sort();
    expect(owned).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
}

async function begin(share: number): Promise<{ webhookId: string; load: Load; offsets: Offsets }> {
  stage = await Stage.set({ RETRY_SCHEDULE: PATIENT_SCHEDULE });
  const first = await stage.startService();
  await stage.startService();
  const webhookId = await first.createWebhook({ url: stage.receiver.url() });
  stage.receiver.answer = late(refusing(Random.seeded(), share));
  await shared(stage.running);
  const offsets = await Offsets.of(stage.topics);
  offsets.watch();
  return { webhookId, offsets, load: new Load(stage.topics, { users: 100, perSecond: 200 }) };
}

describe('instances', () => {
  it('come and leave in good order, up to four: a leave makes no duplicate, and no commit goes back', async () => {
    const { webhookId, load, offsets } = await begin(0);
    let byLeaving = 0;
    for (let round = 0; round < 3; round += 1) {
      while (stage.running.length < 4) {
        await stage.startService();
        await shared(stage.running);
      }
      await received(stage, 200);
      for (const leaves of stage.running.slice(0, 2)) {
        const before = repeated(stage.receiver.requests).size;
        expect(await leaves.stop()).toEqual({ code: 0, signal: null });
        await shared(stage.running);
        await received(stage, 100);
        const after = repeated(stage.receiver.requests);
        // With more than one left, partitions also move between those that stay; that may repeat what is in flight.
        if (stage.running.length === 1) byLeaving += after.size - before;
      }
    }
    const events = await load.stop();
    const duplicates = await expectAllDelivered(stage, [{ webhookId, events }]);
    console.log({ events: events.length, duplicates });
    expect(offsets.wentBack).toEqual([]);
    await offsets.close();
    expect(byLeaving).toBe(0);
  });

  it('of which one is frozen past the session timeout and thawed: the new owner is not disturbed', async () => {
    const { webhookId, load, offsets } = await begin(0.1);
    for (let round = 0; round < 3; round += 1) {
      const [frozen, other] = stage.running;
      if (!frozen || !other) throw new Error('two instances are needed');
      frozen.process.kill('SIGSTOP');
      await pause(FROZEN_MS);
      await eventually(() => {
        expect(partitionsOf(other)).toHaveLength(8);
      });
      await received(stage, 100);
      frozen.process.kill('SIGCONT');
      await shared(stage.running);
      await received(stage, 200);
    }
    const events = await load.stop();
    const duplicates = await expectAllDelivered(stage, [{ webhookId, events }]);
    console.log({ events: events.length, duplicates });
    expect(offsets.wentBack).toEqual([]);
    await offsets.close();
  });

  it('do all of it at random', async () => {
    const { webhookId, load, offsets } = await begin(0.1);
    const random = Random.seeded();
    for (let step = 0; step < 14; step += 1) {
      await pause(random.between(0, 3_000));
      const running = stage.running;
      const one = random.pick(running);
      const wishes = [
        ...(running.length < 4 ? ['join', 'join'] : []),
        ...(running.length > 1 ? ['leave', 'kill'] : []),
        'freeze',
      ];
      switch (random.pick(wishes)) {
        case 'join':
          await stage.startService();
          break;
        case 'leave':
          await one.stop();
          break;
        case 'kill':
          await one.kill();
          break;
        default:
          one.process.kill('SIGSTOP');
          await pause(random.between(1_000, FROZEN_MS));
          one.process.kill('SIGCONT');
      }
    }
    const events = await load.stop();
    const duplicates = await expectAllDelivered(stage, [{ webhookId, events }]);
    console.log({ events: events.length, duplicates });
    expect(offsets.wentBack).toEqual([]);
    await offsets.close();
  });
});
