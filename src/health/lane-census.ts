/** Counts all lanes by kind at one moment. A kind without lanes is shown as 0. */
import type { BreakerState, Pace } from '../lanes/endpoint.ts';
import type { Lane } from '../lanes/lane.ts';

type Samples = (readonly [readonly [string], number])[];

export class LaneCensus {
  readonly deepest: number;
  readonly #fresh: number;
  readonly #stored: number;
  readonly #breakers: Record<BreakerState, number> = { closed: 0, half_open: 0, open: 0 };
  readonly #paces: Record<Pace, number> = { unknown: 0, quick: 0, slow: 0 };

  constructor(lanes: ReadonlyMap<string, Lane>, now: number) {
    let [fresh, stored, deepest] = [0, 0, 0];
    for (const lane of lanes.values()) {
      fresh += lane.freshWaiting;
      stored += lane.storedWaiting;
      deepest = Math.max(deepest, lane.waiting);
      this.#breakers[lane.breaker.state(now)] += 1;
      this.#paces[lane.pace] += 1;
    }
    this.#fresh = fresh;
    this.#stored = stored;
    this.deepest = deepest;
  }

  get waiting(): Samples {
    return samples({ offset: this.#fresh, row: this.#stored });
  }

  get breakers(): Samples {
    return samples(this.#breakers);
  }

  get paces(): Samples {
    return samples(this.#paces);
  }
}

function samples(counts: Record<string, number>): Samples {
  return Object.entries(counts).map(([kind, count]) => [[kind], count]);
}
