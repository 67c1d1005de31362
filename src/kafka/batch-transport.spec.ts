import type { Consumer, ConsumerEvents, ConsumerRunConfig } from 'kafkajs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Metrics } from '../metrics/metrics.ts';
import { BatchTransport, USER_EVENTS_PATTERN } from './batch-transport.ts';

type Listener = (event: { payload: unknown }) => void;

/** As much of a kafkajs consumer as the transport sees; the test says what happens to it. */
class FakeConsumer {
  readonly events = {
    CONNECT: 'consumer.connect',
    DISCONNECT: 'consumer.disconnect',
    REBALANCING: 'consumer.rebalancing',
    STOP: 'consumer.stop',
    CRASH: 'consumer.crash',
    GROUP_JOIN: 'consumer.group_join',
    FETCH: 'consumer.fetch',
  } as ConsumerEvents;
  readonly listeners = new Map<string, Listener[]>();
  connected = false;
  subscribed: unknown;
  eachBatch: ((payload: unknown) => Promise<void>) | null = null;

  constructor(private readonly connecting: () => Promise<void>) {}

  on(event: string, listener: (event: never) => void): () => void {
    this.listeners.set(event, [...(this.listeners.get(event) ?? []), listener as Listener]);
    return () => undefined;
  }

  emit(event: keyof FakeConsumer['events'], payload: unknown = {}): void {
    for (const listener of this.listeners.get(this.events[event]) ?? []) listener({ payload });
  }

  async connect(): Promise<void> {
    await this.connecting();
    this.connected = true;
  }

  subscribe(options: unknown): Promise<void> {
    this.subscribed = options;
    return Promise.resolve();
  }

  run({ eachBatch }: ConsumerRunConfig = {}): Promise<void> {
    this.eachBatch = eachBatch as FakeConsumer['eachBatch'];
    return Promise.resolve();
  }

  disconnect(): Promise<void> {
    this.connected = false;
    return Promise.resolve();
  }
}

let consumers: FakeConsumer[];
let connecting: () => Promise<void>;
let transport: BatchTransport;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] });
  consumers = [];
  connecting = () => Promise.resolve();
  const kafka = {
    consumer: () => {
      const consumer = new FakeConsumer(() => connecting());
      consumers.push(consumer);
      return consumer as Partial<Consumer> as Consumer;
    },
  };
  transport = new BatchTransport(kafka, {
    groupId: 'g',
    topic: 'user-events',
    maxRecordBytes: 1_000,
    explain: (error) => (error instanceof Error ? error.message : null),
    metrics: new Metrics(),
  });
  await new Promise<void>((resolve, reject) => {
    transport
      .listen((error?: unknown) => {
        if (error) reject(error instanceof Error ? error : new Error('no start'));
        else resolve();
      })
      .catch(reject);
  });
});

afterEach(async () => {
  await transport.close();
  vi.useRealTimers();
});

function join(consumer: FakeConsumer | undefined, memberId = 'm', partitions: number[] = [0, 1]): void {
  consumer?.emit('GROUP_JOIN', { memberId, memberAssignment: { 'user-events': partitions } });
}

/** Hands over an empty batch, with which comes the way to commit. */
async function hand(consumer: FakeConsumer | undefined, commit: () => Promise<void>): Promise<void> {
  transport.addHandler(USER_EVENTS_PATTERN, () => Promise.resolve(), true);
  const batch = {
    partition: 0,
    offset: 0,
    highWatermark: 0,
    abortedTransactions: [],
    bytes: Buffer.alloc(0),
  };
  const counting = { isRunning: () => true, isStale: () => false };
  await consumer?.eachBatch?.({ batch, ...counting, commitOffsetsIfNecessary: commit });
}

describe('BatchTransport', () => {
  it('reads from the earliest offset when the group has none', () => {
    expect(consumers[0]?.subscribed).toEqual({ topics: ['user-events'], fromBeginning: true });
  });

  it('tells who was assigned what before anything is fetched', () => {
    const assigned = vi.fn();
    transport.listenTo({ assigned, rebalancing: () => undefined });
    join(consumers[0], 'member-7', [3]);
    expect(assigned).toHaveBeenCalledWith('member-7', [3]);
    expect(transport.joined).toBe(true);
  });

  it('builds a new consumer when kafkajs has given one up, later and later while that fails', async () => {
    join(consumers[0]);
    consumers[0]?.emit('CRASH', { error: new TypeError('a bug'), restart: false });
    expect([transport.joined, transport.trouble === null, consumers.length]).toEqual([false, false, 1]);
    connecting = () => Promise.reject(new Error('no broker'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(consumers).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1_999);
    expect(consumers).toHaveLength(2);
    connecting = () => Promise.resolve();
    await vi.advanceTimersByTimeAsync(1);
    expect(consumers).toHaveLength(3);
    join(consumers[2]);
    consumers[2]?.emit('FETCH');
    expect(transport.trouble === null).toBe(true);
  });

  it('says why nothing is read until something is, also while a new consumer joins', async () => {
    join(consumers[0]);
    expect(transport.trouble).toBeNull();
    consumers[0]?.emit('CRASH', { error: new Error('denied'), restart: false });
    const trouble = 'the consumer is not reading the events topic: denied';
    expect(transport.trouble).toBe(trouble);
    await vi.advanceTimersByTimeAsync(1_000);
    join(consumers[1]);
    expect([transport.trouble === null, transport.trouble]).toEqual([false, trouble]);
    consumers[1]?.emit('CRASH', { error: 'without a reason', restart: false });
    expect(transport.trouble).toBe(trouble);
    await vi.advanceTimersByTimeAsync(2_000);
    join(consumers[2]);
    consumers[2]?.emit('FETCH');
    expect([transport.trouble === null, transport.trouble]).toEqual([true, null]);
  });

  it('waits longer for a consumer that joins and never fetches, but not for ever longer', async () => {
    for (const [index, delayMs] of [1_000, 2_000, 3_000, 3_000].entries()) {
      join(consumers[index]);
      consumers[index]?.emit('CRASH', { error: new Error('denied'), restart: false });
      await vi.advanceTimersByTimeAsync(delayMs - 1);
      expect(consumers).toHaveLength(index + 1);
      await vi.advanceTimersByTimeAsync(1);
      expect(consumers).toHaveLength(index + 2);
    }
  });

  it('builds a new consumer when one hangs: it read nothing for good, as kafkajs noticed nothing', async () => {
    join(consumers[0]);
    await vi.advanceTimersByTimeAsync(29_000);
    expect(consumers).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(consumers).toHaveLength(2);
    expect(consumers[0]?.connected).toBe(false);
  });

  it('builds a new consumer when commits are refused for long, and not when one is refused now and then', async () => {
    join(consumers[0]);
    let refusing = true;
    await hand(consumers[0], () =>
      refusing ? Promise.reject(new Error('unknown member')) : Promise.resolve(),
    );
    const commit = (): Promise<void> => transport.commit(new Map([[0, '1']])).catch(() => undefined);
    await commit();
    refusing = false;
    await vi.advanceTimersByTimeAsync(31_000);
    await commit();
    refusing = true;
    await commit();
    consumers[0]?.emit('FETCH');
    await vi.advanceTimersByTimeAsync(31_000);
    expect(consumers).toHaveLength(1);
    await commit();
    await vi.advanceTimersByTimeAsync(0);
    expect(consumers).toHaveLength(2);
  });

  it('gives a commit up that is never answered: no other one was made after it', async () => {
    join(consumers[0]);
    await hand(consumers[0], () => new Promise(() => undefined));
    const commit = expect(transport.commit(new Map([[0, '1']]))).rejects.toThrow(
      'not answered within 10000 ms',
    );
    await vi.advanceTimersByTimeAsync(10_000);
    await commit;
  });

  it('does not listen to a consumer that it has given up', async () => {
    const assigned = vi.fn();
    transport.listenTo({ assigned, rebalancing: () => undefined });
    consumers[0]?.emit('CRASH', { error: new Error('a bug'), restart: false });
    await vi.advanceTimersByTimeAsync(1_000);
    join(consumers[0], 'old');
    join(consumers[1], 'new');
    consumers[0]?.emit('CRASH', { error: new Error('once more'), restart: false });
    expect(assigned.mock.calls).toEqual([['new', [0, 1]]]);
    expect(transport.joined).toBe(true);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(consumers).toHaveLength(2);
  });

  it('is not reading when no fetch has ended for long, though it is in the group', async () => {
    join(consumers[0]);
    await vi.advanceTimersByTimeAsync(14_000);
    consumers[0]?.emit('FETCH');
    await vi.advanceTimersByTimeAsync(14_000);
    expect(transport.trouble === null).toBe(true);
    await vi.advanceTimersByTimeAsync(1_001);
    expect([transport.joined, transport.trouble === null]).toEqual([true, false]);
  });

  it('ends a consumer that was given up while it was being built: it would have held partitions and worked none', async () => {
    let connected: () => void = () => undefined;
    connecting = () => new Promise((resolve) => (connected = resolve));
    consumers[0]?.emit('CRASH', { error: new Error('a bug'), restart: false });
    await vi.advanceTimersByTimeAsync(1_000);
    connecting = () => Promise.resolve();
    await vi.advanceTimersByTimeAsync(40_000);
    expect(consumers).toHaveLength(3);
    connected();
    await vi.advanceTimersByTimeAsync(0);
    expect(consumers.map((consumer) => consumer.connected)).toEqual([true, false, true]);
  });

  it('closes in seconds though the consumer does not: the broker that it takes its leave of is silent', async () => {
    if (consumers[0]) consumers[0].disconnect = () => new Promise<void>(() => undefined);
    const closed = vi.fn();
    void transport.close().then(closed);
    await vi.advanceTimersByTimeAsync(2_999);
    expect(closed).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(closed).toHaveBeenCalled();
  });

  it('builds none any more once it is closed', async () => {
    consumers[0]?.emit('CRASH', { error: new TypeError('a bug'), restart: false });
    await transport.close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(consumers).toHaveLength(1);
  });
});
