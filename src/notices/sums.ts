/**
 * Reports the first event of a kind at once, and adds up those that follow: at most one more report per kind and
 * interval. So a flood becomes a few notices with a count. Memory is bounded: each sum names a few, and the number of
 * kinds is limited. The owner must call `endIntervals` now and then.
 */
import { NAMED_AT_MOST, type Sum } from './notice.ts';

const KINDS_AT_MOST = 1_000;

interface Open<Item> {
  /** When its interval ends, on the monotonic clock. */
  until: number;
  since: number;
  count: number;
  items: Item[];
  /** Reports the sum, with what is known of the kind now. */
  say: (sum: Sum<Item>) => void;
}

/** Milliseconds: since the epoch, and of a monotonic clock. */
export interface SumClock {
  now(): number;
  elapsed(): number;
}

export class Sums<Item> {
  readonly #open = new Map<string, Open<Item>>();

  constructor(
    private readonly intervalMs: number,
    private readonly clock: SumClock,
  ) {}

  /** @returns false if too many kinds are open; then it is left out. */
  add(kind: string, item: Item, say: (sum: Sum<Item>) => void): boolean {
    const open = this.#open.get(kind);
    const now = this.clock.now();
    if (open) {
      if (open.count === 0) open.since = now;
      open.count += 1;
      if (open.items.length < NAMED_AT_MOST) open.items.push(item);
      open.say = say;
      return true;
    }
    if (this.#open.size >= KINDS_AT_MOST) return false;
    this.#open.set(kind, { until: this.#nextEnd(), since: now, count: 0, items: [], say });
    say({ since: now, count: 1, items: [item] });
    return true;
  }

  /** @param all also ends intervals that are not over, at the end of the process. */
  endIntervals(all = false): void {
    for (const [kind, open] of this.#open) {
      if (!all && this.clock.elapsed() < open.until) continue;
      if (open.count === 0) {
        this.#open.delete(kind);
        continue;
      }
      const { since, count, items, say } = open;
      Object.assign(open, { until: this.#nextEnd(), count: 0, items: [] });
      say({ since, count, items });
    }
  }

  #nextEnd(): number {
    return this.clock.elapsed() + this.intervalMs;
  }
}
