/** Finds the offsets of a time in the events log. */
import { Injectable } from '@nestjs/common';
import { LogUnavailable } from '../kafka/log-faults.ts';
import { TopicLogs } from '../kafka/topic-logs.ts';
import { unavailable } from '../rest/problem.ts';
import type { LogPlace, LogPlaces } from '../webhooks/webhook-starts.ts';

@Injectable()
export class LogTimes implements LogPlaces {
  constructor(private readonly logs: TopicLogs) {}

  /** @throws Problem `service_unavailable` */
  async placesAt(from: Date | 'earliest'): Promise<LogPlace[]> {
    return this.#asked(async () => {
      const offsets = from === 'earliest' ? null : await this.logs.events.offsetsAt(from.getTime());
      const bounds = await this.logs.events.bounds();
      return [...bounds].map(([partition, { low, high }]) => {
        const offset = Math.max(low, offsets === null ? low : (offsets.get(partition) ?? high));
        return { partition, offset, end: Math.max(high, offset) };
      });
    });
  }

  /** The partitions of the events topic. */
  partitions(): Promise<number[]> {
    return this.#asked(async () => [...(await this.logs.events.bounds()).keys()].sort((a, b) => a - b));
  }

  async boundsOf(partition: number): Promise<{ low: number; high: number } | null> {
    return this.#asked(async () => (await this.logs.events.bounds()).get(partition) ?? null);
  }

  /**
   * From when on the log has everything, where it has lost something: the time of the first record of the partition that
   * has lost most. Null: it has all that was ever written.
   */
  async beginsAt(): Promise<Date | null> {
    return this.#asked(async () => {
      const cut = [...(await this.logs.events.bounds())].filter(([, { low, high }]) => low > 0 && high > low);
      const times = await this.#timesAt(cut.map(([partition, { low }]) => ({ partition, offset: low })));
      return times.length === 0 ? null : new Date(Math.max(...times));
    });
  }

  /** How many records the log has since then, and when the first of them was written; null where there is none. */
  async since(from: Date | 'earliest'): Promise<{ readonly events: number; readonly firstAt: Date | null }> {
    const places = (await this.placesAt(from)).filter(({ offset, end }) => end > offset);
    const times = await this.#asked(() => this.#timesAt(places));
    return {
      events: places.reduce((sum, { offset, end }) => sum + end - offset, 0),
      firstAt: times.length === 0 ? null : new Date(Math.min(...times)),
    };
  }

  /** When the first record of each place was written, in no order. */
  async #timesAt(places: readonly { partition: number; offset: number }[]): Promise<number[]> {
    const firsts = await Promise.all(
      places.map(({ partition, offset }) =>
        this.logs.events.read(partition, offset, { maxWaitMs: 0, maxBytes: 1 }),
      ),
    );
    return firsts.flatMap((batch) => Number(batch?.records[0]?.timestamp ?? NaN)).filter(Number.isFinite);
  }

  async #asked<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof LogUnavailable)) throw error;
      throw unavailable('kafka', `${error.message}; try again when Kafka is there`);
    }
  }
}
