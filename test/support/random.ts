/** Random numbers that a printed seed brings back (mulberry32), so that a run that found something can be repeated. */
export class Random {
  #state: number;

  constructor(readonly seed: number) {
    this.#state = seed >>> 0;
  }

  /** The seed of the environment variable `SEED`, or else a new one; printed, as nobody could guess it. */
  static seeded(): Random {
    const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1_000_000));
    console.log(`SEED=${seed}`);
    return new Random(seed);
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
