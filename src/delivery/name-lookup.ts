/**
 * Resolves host names for all connections of deliveries. Names whose servers do not answer must not hold up other names.
 *
 * `getaddrinfo` blocks a thread of libuv's pool until it has an answer, or for half a minute. At most half of the pool works
 * on names, and the names of Kafka and PostgreSQL need these threads too. So there is only one look-up of a name at a time,
 * no matter how many requests wait for it. Names that were slow the last time have a few places of their own.
 */
import dns, { type LookupAddress } from 'node:dns';
import { threadPoolSize } from '../config/thread-pool.ts';

type Callback = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[] | undefined) => void;

export type Lookup = (hostname: string, options: { all: true }, callback: Callback) => void;

/** How many look-ups may run at once. */
export interface LookupPlaces {
  /** For names that are not known to be slow. */
  readonly quick: number;
  readonly slow: number;
}

const SLOW_AFTER_MS = 1_000;
/** With more slow names, the one that was slow longest ago is forgotten. */
const MAX_KNOWN = 10_000;

export class NameLookup {
  readonly #waiting = new Map<string, Callback[]>();
  /** Names that wait for a place, in order. */
  readonly #queued = { quick: new Set<string>(), slow: new Set<string>() };
  readonly #running = { quick: 0, slow: 0 };
  readonly #knownSlow = new Set<string>();

  constructor(
    private readonly resolve: Lookup,
    private readonly places: LookupPlaces,
  ) {}

  readonly lookup: Lookup = (hostname, _options, callback) => {
    const waiting = this.#waiting.get(hostname);
    if (waiting) {
      waiting.push(callback);
      return;
    }
    this.#waiting.set(hostname, [callback]);
    this.#queued[this.#knownSlow.has(hostname) ? 'slow' : 'quick'].add(hostname);
    this.#startNext();
  };

  #startNext(): void {
    for (const kind of ['quick', 'slow'] as const) {
      for (const hostname of this.#queued[kind]) {
        if (this.#running[kind] >= this.places[kind]) break;
        this.#queued[kind].delete(hostname);
        this.#start(hostname, kind);
      }
    }
  }

  #start(hostname: string, kind: keyof LookupPlaces): void {
    this.#running[kind] += 1;
    const startedAt = performance.now();
    this.resolve(hostname, { all: true }, (error, addresses) => {
      this.#running[kind] -= 1;
      this.#remember(hostname, performance.now() - startedAt > SLOW_AFTER_MS);
      const callbacks = this.#waiting.get(hostname) ?? [];
      this.#waiting.delete(hostname);
      this.#startNext();
      for (const callback of callbacks) callback(error, addresses);
    });
  }

  #remember(hostname: string, slow: boolean): void {
    this.#knownSlow.delete(hostname);
    if (!slow) return;
    this.#knownSlow.add(hostname);
    const [oldest] = this.#knownSlow;
    if (this.#knownSlow.size > MAX_KNOWN && oldest !== undefined) this.#knownSlow.delete(oldest);
  }
}

/** @param threads of libuv's pool. @returns places that leave threads for Kafka and PostgreSQL. */
export function lookupPlaces(threads: number): LookupPlaces {
  const working = Math.floor(threads / 2);
  const slow = Math.max(1, Math.floor(working / 4));
  return { quick: Math.max(1, Math.floor(working / 2)), slow };
}

/** There is one for the whole process, because the threads are shared as well. */
export const NAMES = new NameLookup(dns.lookup, lookupPlaces(threadPoolSize()));
