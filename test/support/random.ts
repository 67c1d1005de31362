import { seed } from './seeded.ts';

/** Random numbers that a printed seed brings back (mulberry32), so that a run that found something can be repeated. */
export class Random {
  #state: number;

  constructor(readonly seed: number) {
    this.#state = seed >>> 0;
  }

  /** Of the seed of this run, which is printed, as nobody could guess a new one. */
  static seeded(): Random {
    const random = new Random(seed());
    console.log(`SEED=${random.seed}`);
    return random;
  }

  /** From 0 (inclusive) to 1 (exclusive). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `least` (inclusive) to `most` (exclusive). */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.between(0, items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }
}
