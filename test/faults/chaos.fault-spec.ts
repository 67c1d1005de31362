/**
 * Everything at once, at random: two instances under load, killed, frozen, stopped and joined by others, while the broker
 * and the database are restarted and killed and the receiver fails and restarts. `SEED` brings the same plan back.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { EmbeddedKafka } from '../../dev/embedded-kafka.ts';
import type { EmbeddedPostgres } from '../../dev/embedded-postgres.ts';
import { startTestKafka, startTestPostgres, type TestServer } from '../support/embedded-services.ts';
import { Load } from '../support/load.ts';
import { Offsets } from '../support/offsets.ts';
import { expectAllDelivered } from '../support/outcome.ts';
import { Random } from '../support/random.ts';
import { Receiver, type Answering, type ReceivedRequest } from '../support/receiver.ts';
import { Stage } from '../support/stage.ts';
import { PATIENT_SCHEDULE } from '../support/traffic.ts';

const RUNS = Number(process.env['RUNS'] ?? 2);
const STEPS = 12;

let kafka: TestServer<EmbeddedKafka>;
let postgres: TestServer<EmbeddedPostgres>;
let stage: Stage;

beforeAll(async () => {
  [kafka, postgres] = await Promise.all([startTestKafka(), startTestPostgres()]);
});
afterEach(() => stage.strike());
afterAll(() => Promise.all([kafka.close(), postgres.close()]));

type Step = (random: Random) => Promise<void>;

/** Ends, starts, freezes and thaws services; at least one is always started again. */
const SERVICE_STEPS: Record<string, Step> = {
  kill: (random) => stage.replace(random.pick(stage.running), 'kill'),
  stop: (random) => stage.replace(random.pick(stage.running), 'stop'),
  freeze: async (random) => {
    const { process } = random.pick(stage.running);
    process.kill('SIGSTOP');
    await pause(random.between(1_000, 15_000));
    process.kill('SIGCONT');
  },
  join: async (random) => {
    const joined = await stage.startService();
    await pause(random.between(0, 3_000));
    await joined.stop();
  },
};

const SERVER_STEPS: Record<string, Step> = {
  'restart broker': async (random) => {
    await kafka.stop();
    await pause(random.between(0, 15_000));
    await kafka.start();
  },
  'kill broker': async (random) => {
    await kafka.kill();
    await pause(random.between(0, 3_000));
    await kafka.start();
  },
  'restart database': async (random) => {
    await postgres.stop();
    await pause(random.between(0, 8_000));
    await postgres.start();
  },
  'kill database': async () => {
    await postgres.kill();
    await postgres.start();
  },
};

it.each(Array.from({ length: RUNS }, (_, run) => [run + 1]))(
  'run %i: nothing is lost, out of order or without a result, and no commit goes back',
  async () => {
    const random = Random.seeded();
    stage = await Stage.set(
      { RETRY_SCHEDULE: PATIENT_SCHEDULE },
      { brokers: kafka.brokers, databaseServer: postgres.url },
    );
    const first = await stage.startService();
    await stage.startService();
    let receiver = await Receiver.start();
    const { port } = receiver;
    const requests: ReceivedRequest[][] = [];
    const answer: Answering = (_request, response) => {
      const failing = random.next();
      const status = failing < 0.05 ? 400 : failing < 0.08 ? 500 : 200;
      setTimeout(() => response.writeHead(status).end(), random.between(0, 20));
    };
    const open = async (): Promise<void> => {
      receiver = await Receiver.start(port);
      receiver.answer = answer;
      requests.push(receiver.requests);
    };
    await receiver.close();
    await open();
    const steps: Record<string, Step> = {
      ...SERVICE_STEPS,
      ...SERVER_STEPS,
      'restart receiver': async () => {
        await receiver.close();
        await pause(random.between(0, 2_000));
        await open();
      },
    };
    const webhookId = await first.createWebhook({ url: receiver.url(), timeout_ms: 5_000 });
    const offsets = await Offsets.of(stage.topics);
    offsets.watch();
    const load = new Load(stage.topics, { users: 60, perSecond: 150 });
    const done: string[] = [];
    for (let step = 0; step < STEPS; step += 1) {
      await pause(random.between(500, 5_000));
      const name = random.pick(Object.keys(steps));
      done.push(name);
      await steps[name]?.(random);
    }
    const events = await load.stop();
    const duplicates = await expectAllDelivered(stage, [
      { webhookId, events, requests: () => requests.flat() },
    ]);
    console.log({ seed: random.seed, steps: done.join(', '), events: events.length, duplicates });
    expect(offsets.wentBack).toEqual([]);
    await offsets.close();
    await receiver.close();
  },
);
