/** Deliveries in lanes whose end a test decides. */
import type { LaneWork, Settled } from '../../src/lanes/lane-work.ts';
import type { LaneRules } from '../../src/lanes/lane.ts';
import { Lanes } from '../../src/lanes/lanes.ts';
import { HeldClock } from './held-clock.ts';

export const DELIVERED: Settled = { then: 'release', endpoint: 'works', retryAfterMs: null };
export const FAILED: Settled = { then: 'divert', endpoint: 'fails', retryAfterMs: null };
export const DROPPED: Settled = { then: 'release', endpoint: null, retryAfterMs: null };

/** A work whose end the test decides. */
export class Work implements LaneWork {
  settle: ((how: Settled) => void) | null = null;
  runs = 0;
  diverted = false;
  storedUnderWay = false;

  constructor(
    readonly laneId: string,
    readonly orderKey: string | null,
    private readonly log: Work[] = [],
    readonly heldBy: LaneWork['heldBy'] = 'offset',
  ) {}

  get running(): boolean {
    return this.settle !== null;
  }

  run(settled: (how: Settled) => void): void {
    this.runs += 1;
    this.log.push(this);
    this.settle = (how) => {
      this.settle = null;
      settled(how);
    };
  }

  divert(): void {
    this.diverted = true;
    this.log.push(this);
  }

  storeWhileUnderWay(): void {
    this.storedUnderWay = true;
    this.log.push(this);
  }
}

export function lanesWith(options: { maxInFlight?: number; rules?: Partial<LaneRules> } = {}): {
  lanes: Lanes;
  clock: HeldClock;
} {
  const clock = new HeldClock();
  const rules = { limit: 10, ratePerSecond: null, ...options.rules };
  return { lanes: new Lanes(options.maxInFlight ?? 100, () => rules, clock), clock };
}

export function submitted(lanes: Lanes, ...works: Work[]): void {
  for (const work of works) lanes.submit(work);
}

export function works(count: number, make: (index: number) => Work): Work[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

/** Its endpoint has answered, at once. */
export function known(lanes: Lanes, laneId: string): void {
  const first = new Work(laneId, null);
  lanes.submit(first);
  first.settle?.(DELIVERED);
}
