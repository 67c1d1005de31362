import { createRequire } from 'node:module';
import { beforeEach, expect, it, vi } from 'vitest';
import { followCoordinator } from './coordinator-moves.ts';

interface Group {
  memberId: string | null;
  lastRequest: number;
  coordinator: unknown;
  offsetManager: { coordinator: unknown };
  heartbeat(options: { interval: number }): Promise<void>;
}

const require = createRequire(import.meta.url);
followCoordinator();
const ConsumerGroup = require('kafkajs/src/consumer/consumerGroup') as new (options: object) => Group;
const { KafkaJSConnectionError, KafkaJSProtocolError } = require('kafkajs/src/errors') as {
  KafkaJSConnectionError: new (message: string) => Error;
  KafkaJSProtocolError: new (cause: object) => Error;
};

const SESSION_MS = 10_000;
const successor = { heartbeat: vi.fn() };
let failure: Error | null;
let finish: (coordinator: unknown) => void;
let searches: number;
let group: Group;

beforeEach(() => {
  searches = 0;
  successor.heartbeat.mockReset();
  failure = new KafkaJSConnectionError('connect ECONNREFUSED');
  group = new ConsumerGroup({
    groupId: 'g',
    sessionTimeout: SESSION_MS,
    topics: [],
    logger: { namespace: () => ({}) },
    instrumentationEmitter: { emit: () => undefined },
    cluster: {
      findGroupCoordinator: () => {
        searches += 1;
        return new Promise((resolve) => (finish = resolve));
      },
    },
  });
  group.memberId = 'm';
  group.coordinator = {
    heartbeat: () => (failure ? Promise.reject(failure) : Promise.resolve()),
  };
  group.offsetManager = { coordinator: group.coordinator };
});

const beat = (): Promise<void> => group.heartbeat({ interval: 0 });

it('a member goes on reading while its coordinator is away, and then asks the one that took over', async () => {
  await beat();
  await beat();
  expect(searches).toBe(1);
  finish(successor);
  await vi.waitFor(() => {
    expect(group.coordinator).toBe(successor);
  });
  // Commits go there too.
  expect(group.offsetManager.coordinator).toBe(successor);
  await beat();
  expect(successor.heartbeat).toHaveBeenCalledOnce();
});

it.each(['NOT_COORDINATOR_FOR_GROUP', 'GROUP_COORDINATOR_NOT_AVAILABLE', 'GROUP_LOAD_IN_PROGRESS'])(
  'it does not join again as the broker says %s',
  async (type) => {
    failure = new KafkaJSProtocolError({ type, message: type, code: 1, retriable: true });
    await expect(beat()).resolves.toBeUndefined();
    expect(searches).toBe(1);
  },
);

it('it does not go on for longer than its session', async () => {
  group.lastRequest = Date.now() - SESSION_MS;
  await expect(beat()).rejects.toBe(failure);
  expect(searches).toBe(1);
});

it.each(['REBALANCE_IN_PROGRESS', 'UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION'])(
  'what the coordinator says of the group stays what it is: %s',
  async (type) => {
    failure = new KafkaJSProtocolError({ type, message: type, code: 1, retriable: false });
    await expect(beat()).rejects.toBe(failure);
    expect(searches).toBe(0);
  },
);

it('a coordinator that was found by a join meanwhile is kept', async () => {
  await beat();
  const joined = { heartbeat: () => Promise.resolve() };
  group.coordinator = joined;
  finish(successor);
  await vi.waitFor(async () => {
    await beat();
    expect(searches).toBe(1);
  });
  expect(group.coordinator).toBe(joined);
});
