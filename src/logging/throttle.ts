/**
 * Lets a thing be said at once, and then at most once per interval, however often it happens. Different things do not
 * wait for each other. Whoever says it is told how often it was left out before.
 */
const INTERVAL_MS = 30_000;
/** Of so many things it is known when they were said; the ones that were new first are forgotten. */
const KNOWN_AT_MOST = 100;

interface Said {
  at: number;
  leftOut: number;
}

export class Throttle {
  readonly #said = new Map<string, Said>();

  /** @param now a clock in milliseconds that never goes back. */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** @returns how often it was left out since it was said last; null where it is not to be said now. */
  mayBeSaid(what: string): number | null {
    const now = this.now();
    const said = this.#said.get(what);
    if (said && now - said.at < INTERVAL_MS) {
      said.leftOut += 1;
      return null;
    }
    this.#said.delete(what);
    this.#said.set(what, { at: now, leftOut: 0 });
    const [oldest] = this.#said.keys();
    if (this.#said.size > KNOWN_AT_MOST && oldest !== undefined) this.#said.delete(oldest);
    return said?.leftOut ?? 0;
  }
}
