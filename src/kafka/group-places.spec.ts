import { Logger } from '@nestjs/common';
import type { Admin } from 'kafkajs';
import { afterEach, expect, it, vi } from 'vitest';
import { GroupPlaces } from './group-places.ts';

/** A broker: what it answers, and what it was asked. */
class FakeBroker {
  readonly asked: string[] = [];
  away = false;

  readonly #admin = {
    connect: () => this.#answer('connect', undefined),
    disconnect: () => Promise.resolve(),
    fetchOffsets: () =>
      this.#answer('committed', [
        {
          topic: 'events',
          partitions: [
            { partition: 0, offset: '7', metadata: null },
            { partition: 1, offset: '-1', metadata: null },
          ],
        },
      ]),
  } satisfies Partial<Admin>;

  readonly places = new GroupPlaces(
    { admin: () => this.#admin as Partial<Admin> as Admin },
    {
      topic: 'events',
      bounds: () => {
        const bounds = new Map([0, 1].map((partition) => [partition, { low: 3, high: 9 }] as const));
        return this.#answer('bounds', bounds);
      },
    },
    'group',
  );

  #answer<Answer>(what: string, answer: Answer): Promise<Answer> {
    this.asked.push(what);
    return this.away ? Promise.reject(new Error('away')) : Promise.resolve(answer);
  }
}

it('tells a group that has committed nothing from one that has committed', async () => {
  const { places } = new FakeBroker();
  expect(places.known.size).toBe(0);
  const answer = await places.ask();
  expect([...answer]).toEqual([
    [0, { committed: 7, low: 3, high: 9 }],
    [1, { committed: null, low: 3, high: 9 }],
  ]);
  expect(places.known).toBe(answer);
});

it('asks once for all partitions that are assigned in one turn, and anew in the next', async () => {
  const broker = new FakeBroker();
  await Promise.all([broker.places.ask(), broker.places.ask()]);
  expect(broker.asked).toEqual(['connect', 'committed', 'bounds']);
  await broker.places.ask();
  expect(broker.asked).toEqual(['connect', 'committed', 'bounds', 'committed', 'bounds']);
});

it('connects again after a failure, and keeps what it knew', async () => {
  const broker = new FakeBroker();
  const before = await broker.places.ask();
  broker.away = true;
  await expect(broker.places.ask()).rejects.toThrow('away');
  expect(broker.places.known).toBe(before);
  broker.away = false;
  broker.asked.length = 0;
  await broker.places.ask();
  expect(broker.asked).toEqual(['connect', 'committed', 'bounds']);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it('a process without the right connected every 5 seconds for ever, with a word for nobody', async () => {
  vi.useFakeTimers();
  const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
  const broker = new FakeBroker();
  broker.away = true;
  broker.places.start();
  await vi.advanceTimersByTimeAsync(9_000);
  expect(warn).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(broker.asked.length).toBeLessThanOrEqual(22);
  expect(warn).toHaveBeenCalledOnce();
  expect(warn.mock.calls[0]?.[1]).toContain('DESCRIBE on topic events or on group group');

  broker.away = false;
  await vi.advanceTimersByTimeAsync(30_000);
  expect(broker.places.known.size).toBe(2);
  broker.asked.length = 0;
  await vi.advanceTimersByTimeAsync(30_000);
  expect(broker.asked.filter((what) => what === 'committed')).toHaveLength(6);
  await broker.places.close();
});
