import { describe, expect, it, vi } from 'vitest';
import { logRecord } from '../../test/support/log-record.ts';
import type { LogRecord } from '../kafka/log-record.ts';
import type { DeadLetters } from './dead-letter.ts';
import { IntakeService } from './intake.service.ts';
import type { ReceivedEvent } from './received-event.ts';

function record(offset: number): LogRecord {
  const data = { username: `user-${offset}` };
  const value = { id: `e${offset}`, type: 'user_created', timestamp: '2026-11-25T10:00:00Z', data };
  return logRecord({ offset, value: JSON.stringify(value) });
}

/** Intake over a consumer that only notes what it is told, with a sink in which every event has so many deliveries. */
function intake(deliveriesOfEach: number, publish: DeadLetters['publish'] = () => undefined) {
  const begun: ReceivedEvent[] = [];
  const transport = {
    topic: 'user-events',
    joined: true,
    paused: new Set<number>(),
    commits: new Map<number, string>() as ReadonlyMap<number, string>,
    listenTo: () => undefined,
    pause: (partitions: readonly number[]) => {
      for (const partition of partitions) transport.paused.add(partition);
    },
    resume: (partitions: readonly number[]) => {
      for (const partition of partitions) transport.paused.delete(partition);
    },
    commit: (offsets: ReadonlyMap<number, string>) => {
      transport.commits = offsets;
      return Promise.resolve();
    },
  };
  const deadLetters = { publish, close: () => undefined };
  const service = new IntakeService(transport, deadLetters);
  service.deliverTo({
    accept: (received) => {
      received.fanOut(deliveriesOfEach);
      begun.push(received);
    },
    assigned: () => undefined,
    relieve: () => undefined,
    deadLettered: () => undefined,
  });
  service.assigned('member-1', [0, 1]);
  const receive = (from: number, count: number): void => {
    const records = Array.from({ length: count }, (_, index) => record(from + index));
    service.receive({ partition: 0, records, firstOffset: from, lastOffset: from + count - 1 });
  };
  const end = (received: ReceivedEvent | undefined): void => {
    for (let count = 0; count < deliveriesOfEach; count += 1) received?.deliveryFinished();
  };
  return { service, transport, begun, receive, end };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('IntakeService', () => {
  it('begins of a large fetch what the deliveries in work leave room for: it took thousands of events times a thousand webhooks at once', async () => {
    const { service, begun, receive, end } = intake(1_000);
    receive(0, 100);
    expect(begun).toHaveLength(5);
    end(begun[0]);
    await nextTurn();
    expect(begun).toHaveLength(6);
    expect(service.inFlight).toBe(5);
  });

  it('fetches ahead, but only so far, and goes on when half of that is begun', async () => {
    const { transport, begun, receive, end } = intake(5_000);
    receive(0, 1_000);
    expect(transport.paused.has(0)).toBe(false);
    receive(1_000, 1_500);
    expect(transport.paused.has(0)).toBe(true);
    for (let ended = 0; ended < 1_498; ended += 1) {
      end(begun[ended]);
      await nextTurn();
    }
    expect(transport.paused.has(0)).toBe(true);
    end(begun[1_498]);
    await nextTurn();
    expect(transport.paused.has(0)).toBe(false);
  });

  it('commits what is finished and leaves what waits to the next owner when it ends', async () => {
    const { service, transport, begun, receive, end } = intake(5_000);
    receive(0, 3);
    service.stopFetching();
    end(begun[0]);
    await nextTurn();
    expect(begun).toHaveLength(1);
    expect(service.inFlight).toBe(0);
    await service.commitLast();
    expect(transport.commits).toEqual(new Map([[0, '1']]));
  });

  it('begins nothing of a partition that was lost while it waited', async () => {
    const { service, begun, receive, end } = intake(5_000);
    receive(0, 3);
    service.assigned('member-1', []);
    end(begun[0]);
    await nextTurn();
    expect(begun).toHaveLength(1);
    expect(service.inFlight).toBe(0);
  });

  it('commits the end of what has no record: behind an aborted transaction at the end of a partition lag stayed', async () => {
    const { service, transport } = intake(1);
    service.receive({ partition: 0, records: [], firstOffset: 0, lastOffset: 4 });
    await service.commit();
    expect(transport.commits).toEqual(new Map([[0, '5']]));
  });

  it('dead-letters what could not be read with its first and last offset, and passes it when that is acknowledged', async () => {
    const publish = vi.fn<DeadLetters['publish']>();
    const { service, transport } = intake(1, publish);
    const unread = { firstOffset: 3, reason: 'undecodable_batch', message: 'damaged' } as const;
    const records = [logRecord({ offset: 9, unread })];
    service.receive({ partition: 0, records, firstOffset: 2, lastOffset: 11 });
    await service.commit();
    expect(transport.commits).toEqual(new Map());
    const [letter, source, fault, acknowledged] = publish.mock.calls[0] ?? [];
    expect([letter?.offset, source?.offset, fault?.reason]).toEqual([9, '3', 'undecodable_batch']);
    acknowledged?.();
    await service.commit();
    expect(transport.commits).toEqual(new Map([[0, '12']]));
  });

  it('begins a megabyte in a turn of the event loop: sixteen at once made it stand still', async () => {
    const { service, begun } = intake(1);
    const records = Array.from({ length: 4 }, (_, offset) => ({ ...record(offset), size: 1_000_000 }));
    service.receive({ partition: 0, records, firstOffset: 0, lastOffset: 3 });
    expect(begun).toHaveLength(2);
    await nextTurn();
    expect(begun).toHaveLength(4);
  });

  it('does not read on for ever behind an event that does not end: memory and what a crash repeats grew with it', async () => {
    const { service, transport, begun, receive, end } = intake(1);
    receive(0, 1);
    const [stuck] = begun;
    for (let from = 1; from < 100_000; from += 1_000) {
      receive(from, 1_000);
      for (const received of begun.splice(0)) if (received !== stuck) end(received);
    }
    expect([...transport.paused]).toEqual([0]);
    end(stuck);
    await service.commit();
    expect([...transport.paused]).toEqual([]);
  });
});
