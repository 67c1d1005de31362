/**
 * Where the consumer of the events topic begins in a partition that it was just assigned: at what its group has committed,
 * or else where the log begins. Nobody else commits while the partition is ours, so what is asked after the assignment holds.
 */
import type { Admin, Kafka } from 'kafkajs';
import type { LogReader } from './log-reader.ts';

export interface GroupPlace {
  readonly begins: number;
  /** What the log has: the first offset, and the one that the next record gets. */
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

  /** Those who ask in one turn of the event loop share the answer. */
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
