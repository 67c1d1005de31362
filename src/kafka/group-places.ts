/**
 * Finds where the consumer of the events topic begins in a partition that was just assigned: at the committed offset of its
 * group, or else at the beginning of the log. Only the owner of a partition commits, so an answer after the assignment stays
 * true.
 */
import type { Admin, Kafka } from 'kafkajs';
import type { LogReader } from './log-reader.ts';

export interface GroupPlace {
  readonly begins: number;
  /** The first offset of the log, and the offset that the next record will have. */
  readonly low: number;
  readonly high: number;
}

export class GroupPlaces {
  readonly #admin: Admin;
  #connected: Promise<void> | null = null;
  #next: Promise<ReadonlyMap<number, GroupPlace>> | null = null;

  constructor(
    kafka: Pick<Kafka, 'admin'>,
    private readonly log: Pick<LogReader, 'topic' | 'bounds'>,
    private readonly groupId: string,
  ) {
    this.#admin = kafka.admin({ retry: { retries: 2 } });
  }

  /** Callers of the same turn of the event loop share one request. */
  async of(partition: number): Promise<GroupPlace | null> {
    this.#next ??= new Promise<void>((resolve) => {
      setImmediate(resolve);
    }).then(() => {
      this.#next = null;
      return this.#ask();
    });
    return (await this.#next).get(partition) ?? null;
  }

  async close(): Promise<void> {
    if (this.#connected) await this.#admin.disconnect();
  }

  async #ask(): Promise<ReadonlyMap<number, GroupPlace>> {
    const { topic } = this.log;
    await this.#connect();
    const [group] = await this.#admin.fetchOffsets({ groupId: this.groupId, topics: [topic] });
    const committed = new Map(group?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
    const bounds = await this.log.bounds();
    return new Map(
      [...bounds].map(([partition, { low, high }]) => {
        const offset = committed.get(partition) ?? -1;
        return [partition, { begins: offset >= 0 ? offset : low, low, high }];
      }),
    );
  }

  #connect(): Promise<void> {
    this.#connected ??= this.#admin.connect().catch((error: unknown) => {
      this.#connected = null;
      throw error;
    });
    return this.#connected;
  }
}
