/** What the group of the service has committed and what the events topic holds, by partition, over one connection. */
import type { Admin } from 'kafkajs';
import type { Topics } from './topics.ts';

export class Offsets {
  /** Every commit that went back, as seen by `sample`. */
  readonly wentBack: string[] = [];
  #seen = new Map<number, number>();
  #watching: NodeJS.Timeout | null = null;
  #sampling: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly topics: Topics,
    private readonly admin: Admin,
  ) {}

  static async of(topics: Topics): Promise<Offsets> {
    const admin = topics.kafka.admin();
    await admin.connect();
    return new Offsets(topics, admin);
  }

  async committed(): Promise<Map<number, number>> {
    const { group: groupId, events } = this.topics;
    const [topic] = await this.admin.fetchOffsets({ groupId, topics: [events] });
    return new Map(
      (topic?.partitions ?? []).map(({ partition, offset }) => [partition, Math.max(0, Number(offset))]),
    );
  }

  /** Records on the events topic that are not covered by a commit. */
  async lag(): Promise<number> {
    const committed = await this.committed();
    const ends = await this.admin.fetchTopicOffsets(this.topics.events);
    return ends.reduce((sum, { partition, high }) => sum + Number(high) - (committed.get(partition) ?? 0), 0);
  }

  /** Samples all the time from now on; what is away is not asked. */
  watch(intervalMs = 50): void {
    this.#watching = setInterval(() => {
      this.#sampling = this.sample().catch(() => undefined);
    }, intervalMs);
  }

  async sample(): Promise<void> {
    const now = await this.committed();
    for (const [partition, offset] of now) {
      const before = this.#seen.get(partition) ?? 0;
      if (offset < before) this.wentBack.push(`partition ${partition}: ${before} -> ${offset}`);
    }
    this.#seen = now;
  }

  async close(): Promise<void> {
    if (this.#watching) clearInterval(this.#watching);
    await this.#sampling;
    await this.admin.disconnect();
  }
}
