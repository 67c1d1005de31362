import { createRequire } from 'node:module';
import { afterEach, expect, it, vi } from 'vitest';
import { batch } from '../../test/support/log-batch.ts';
import { MAX_RECORD_BYTES } from '../../test/support/read-fetched.ts';
import type { Broker, FetchAnswer, LogCluster } from './cluster.ts';
import { KafkaJSProtocolError } from './kafkajs.ts';
import { LogUnavailable } from './log-faults.ts';
import { LogReader } from './log-reader.ts';

const AT_ONCE = { maxWaitMs: 0 };
const { createErrorFromCode } = createRequire(import.meta.url)('kafkajs/src/protocol/error') as {
  createErrorFromCode: (code: number) => Error;
};
const OFFSET_OUT_OF_RANGE = 1;
const NOT_LEADER = 6;
const DENIED = 29;

function answer(messages: Buffer, lastStableOffset: number): FetchAnswer {
  const offsets = { highWatermark: String(lastStableOffset), lastStableOffset: String(lastStableOffset) };
  return { partition: 0, messages, ...offsets };
}

const small = answer(batch([{ value: 'a' }, { value: 'b' }]), 2);

afterEach(() => {
  vi.useRealTimers();
});

/** Clusters with one topic of one partition; what its leader answers a fetch is the test's. */
function kafka(fetch: Broker['fetch']) {
  const made: LogCluster[] = [];
  const asked: string[] = [];
  const state = { made, asked, disconnected: 0, leader: '1', ends: { low: 0, high: 2 } };
  const create = (): LogCluster => {
    const cluster: LogCluster = {
      connect: () => Promise.resolve(),
      disconnect: () => {
        state.disconnected += 1;
        return Promise.resolve();
      },
      addTargetTopic: () => Promise.resolve(),
      refreshMetadata: () => {
        state.leader = '2';
        return Promise.resolve();
      },
      findTopicPartitionMetadata: () => [{ partitionId: 0 }],
      findLeaderForPartitions: () => ({ [state.leader]: [0] }),
      findBroker: ({ nodeId }: { nodeId: string }) => {
        asked.push(nodeId);
        return Promise.resolve({ fetch } as Broker);
      },
      fetchTopicsOffset: ([topic]) => {
        const offset = String(topic?.fromTimestamp === -2 ? state.ends.low : state.ends.high);
        return Promise.resolve([{ partitions: [{ partition: 0, offset }] }]);
      },
    };
    made.push(cluster);
    return cluster;
  };
  const explain = (error: unknown): string | null =>
    error instanceof KafkaJSProtocolError ? error.type : null;
  const reader = new LogReader(create, {
    topic: 't',
    maxRecordBytes: MAX_RECORD_BYTES,
    tryForMs: 1_000,
    explain,
  });
  return { reader, state };
}

/** Each of these in turn; an error is thrown. */
function inTurn(...answers: (FetchAnswer | Error)[]) {
  return vi.fn<Broker['fetch']>(() => {
    const next = answers.shift();
    if (next === undefined || next instanceof Error)
      return Promise.reject(next ?? new Error('nobody asks for more'));
    return Promise.resolve({ responses: [{ partitions: [next] }] });
  });
}

it('asks the leader that there is now, over the same connections', async () => {
  const { reader, state } = kafka(inTurn(createErrorFromCode(NOT_LEADER), small));
  expect((await reader.read(0, 0, AT_ONCE))?.lastOffset).toBe(1);
  expect(state.asked).toEqual(['1', '2']);
  expect(state.made).toHaveLength(1);
});

it('makes new connections when nothing was answered: the old ones may be silent', async () => {
  const { reader, state } = kafka(inTurn(new Error('closed'), small));
  expect((await reader.read(0, 0, AT_ONCE))?.lastOffset).toBe(1);
  expect(state.made).toHaveLength(2);
  expect(state.disconnected).toBe(1);
});

it('gives up after a time, also where a broker never answers', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  const silent = kafka(() => new Promise(() => undefined));
  const silence = expect(silent.reader.read(0, 0, AT_ONCE)).rejects.toBeInstanceOf(LogUnavailable);
  await vi.advanceTimersByTimeAsync(1_000);
  await silence;
  expect(silent.state.disconnected).toBe(1);
});

it('a right that is missing is told at once', async () => {
  const fetch = inTurn(createErrorFromCode(DENIED));
  const { reader } = kafka(fetch);
  await expect(reader.read(0, 0, AT_ONCE)).rejects.toThrow(
    'the topic t cannot be read: TOPIC_AUTHORIZATION_FAILED',
  );
  expect(fetch).toHaveBeenCalledOnce();
});

it('an offset that is gone is told with what there is, and one that only another leader has not is asked for again', async () => {
  const outOfRange = createErrorFromCode(OFFSET_OUT_OF_RANGE);
  const gone = kafka(inTurn(outOfRange));
  gone.state.ends = { low: 7, high: 9 };
  await expect(gone.reader.read(0, 5, AT_ONCE)).rejects.toMatchObject({ beginsAt: 7, endsAt: 9 });
  const moved = kafka(inTurn(outOfRange, small));
  expect((await moved.reader.read(0, 1, AT_ONCE))?.records.map(({ offset }) => offset)).toEqual([1]);
});

it('lets a broker wait that has to fetch what there is from elsewhere', async () => {
  const fetch = inTurn(answer(Buffer.alloc(0), 2), small);
  const { reader } = kafka(fetch);
  expect((await reader.read(0, 0, AT_ONCE))?.lastOffset).toBe(1);
  expect(fetch.mock.calls.map(([{ maxWaitTime }]) => maxWaitTime)).toEqual([0, 500]);
});

it('goes on in what was fetched before, for each that reads in order, and lets go of it after a while', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const large = answer(batch(Array.from({ length: 2_500 }, () => ({ value: 'v' }))), 2_500);
  const fetch = vi.fn<Broker['fetch']>(() => Promise.resolve({ responses: [{ partitions: [large] }] }));
  const { reader } = kafka(fetch);
  const next = async (offset: number): Promise<number> =>
    ((await reader.read(0, offset, AT_ONCE))?.lastOffset ?? -1) + 1;
  const [first, second] = [await next(0), await next(10)];
  expect(fetch).toHaveBeenCalledTimes(2);
  const rest = [await next(first), await next(second)];
  expect(rest.every((offset) => offset > second && offset <= 2_500)).toBe(true);
  expect(fetch).toHaveBeenCalledTimes(2);
  const third = await next(0);
  await vi.advanceTimersByTimeAsync(10_000);
  await next(third);
  expect(fetch).toHaveBeenCalledTimes(4);
});
