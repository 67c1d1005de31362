/**
 * A steady stream of events of many users while faults happen. A lot that the broker does not take is sent again until
 * it does, so an event may be on the topic twice (with the same id), as from any at-least-once producer.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { userEvent, type Topics, type UserEventValue } from './topics.ts';

export interface LoadOptions {
  readonly users: number;
  readonly perSecond: number;
}

const LOT_INTERVAL_MS = 50;
const TYPES = ['user_created', 'user_modified', 'user_keys'];

export class Load {
  /** On the topic, in the order of each user. */
  readonly events: UserEventValue[] = [];
  /** When each event was known to be on the topic, by its id, in milliseconds since the epoch. */
  readonly takenAt = new Map<string, number>();
  /** Lots that had to be sent again. */
  repeats = 0;
  #stopped = false;
  readonly #running: Promise<void>;

  constructor(
    private readonly topics: Topics,
    private readonly options: LoadOptions,
  ) {
    this.#running = this.#run();
  }

  /** Resolves when all events so far are on the topic. */
  async stop(): Promise<readonly UserEventValue[]> {
    this.#stopped = true;
    await this.#running;
    return this.events;
  }

  async #run(): Promise<void> {
    const from = performance.now();
    while (!this.#stopped) {
      const wanted = Math.ceil(((performance.now() - from) * this.options.perSecond) / 1_000);
      // What an outage held up is not made up for at once.
      const count = Math.min(wanted - this.events.length, 500);
      if (count > 0) await this.#produce(count);
      await pause(LOT_INTERVAL_MS);
    }
  }

  async #produce(count: number): Promise<void> {
    const lot = Array.from({ length: count }, (_, position) => {
      const index = this.events.length + position;
      return userEvent(`user-${index % this.options.users}`, {
        type: TYPES[index % TYPES.length] ?? '',
        data: { index },
      });
    });
    for (;;) {
      try {
        await this.topics.produce(...lot);
        break;
      } catch {
        this.repeats += 1;
        await pause(LOT_INTERVAL_MS);
      }
    }
    this.events.push(...lot);
    for (const { id } of lot) this.takenAt.set(id, Date.now());
  }
}
