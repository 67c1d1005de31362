/** The consumer of the events topic as kafkajs promises it to behave, in memory: for the model test. */
import type { IntakeService, EventLog } from '../../src/intake/intake.service.ts';
import type { AssignmentListener } from '../../src/kafka/batch-transport.ts';
import type { LogRecord, RecordBatch } from '../../src/kafka/log-record.ts';
import { logRecord } from '../support/log-record.ts';
import type { LoggedEvent, World } from './world.ts';

type DeadLetters = ConstructorParameters<typeof IntakeService>[1];

export class Consumer implements EventLog {
  readonly topic = 'user-events';
  /** Every record of the model is an event. */
  readonly deadLetters: DeadLetters = {
    publish: (_record, _source, fault) => {
      throw fault;
    },
    close: () => undefined,
  };
  /** The next offset to read, by partition; of those that are assigned. */
  readonly #positions = new Map<number, number>();
  readonly #paused = new Set<number>();
  #listener: AssignmentListener | null = null;
  #joined = true;

  constructor(private readonly world: World) {}

  get joined(): boolean {
    return this.#joined;
  }

  get partitions(): readonly number[] {
    return [...this.#positions.keys()];
  }

  listenTo(listener: AssignmentListener): void {
    this.#listener = listener;
  }

  /** A (re)join: all is read again from what is committed, and what was paused stays so. */
  join(memberId: string, partitions: readonly number[]): void {
    this.#positions.clear();
    for (const partition of partitions) {
      this.#positions.set(partition, this.world.committed.get(partition) ?? 0);
    }
    this.#listener?.assigned(memberId, partitions);
  }

  /** The process is dead: no commit of it arrives. */
  end(): void {
    this.#joined = false;
  }

  pause(partitions: readonly number[]): void {
    for (const partition of partitions) this.#paused.add(partition);
  }

  resume(partitions: readonly number[]): void {
    for (const partition of partitions) this.#paused.delete(partition);
  }

  /** The broker has it at once. It refuses what is not of the generation. */
  commit(offsets: ReadonlyMap<number, string>): Promise<void> {
    for (const [partition, offset] of offsets) {
      if (!this.#positions.has(partition)) throw new Error(`partition ${partition} is not assigned`);
      this.world.committed.set(partition, Number(offset));
    }
    return Promise.resolve();
  }

  /** @returns the next records of a partition; null while it is paused, not assigned or at its end. */
  read(partition: number, count: number): RecordBatch | null {
    const from = this.#positions.get(partition);
    if (from === undefined || this.#paused.has(partition)) return null;
    const events = this.world.log.filter((event) => event.partition === partition).slice(from, from + count);
    const last = events.at(-1);
    if (!last) return null;
    this.#positions.set(partition, last.offset + 1);
    return { partition, records: events.map(toRecord), firstOffset: from, lastOffset: last.offset };
  }
}

/** What is read of the log without a group. */
export function recordsFrom({ log }: World, partition: number, offset: number): RecordBatch | null {
  const events = log.filter((event) => event.partition === partition && event.offset >= offset).slice(0, 5);
  const last = events.at(-1);
  if (!last) return null;
  return { partition, records: events.map(toRecord), firstOffset: offset, lastOffset: last.offset };
}

function toRecord({ id, user, offset }: LoggedEvent): LogRecord {
  const value = { id, type: 'user_created', timestamp: '2026-11-24T10:00:00Z', data: { username: user } };
  return logRecord({ key: user, value: JSON.stringify(value), offset });
}
