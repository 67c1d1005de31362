/**
 * Resolves host names for all connections of deliveries. Names whose servers do not answer must not hold up other names.
 *
 * `getaddrinfo` blocks a thread of libuv's pool until it has an answer, or for half a minute. Only a part of the pool works on
 * names, because the names of Kafka and PostgreSQL need these threads too. So there is only one look-up of a name at a time, no
 * matter how many requests wait for it. Names that were slow the last time have a few places of their own, and so have names
 * that were quick: a hundred new names without an answer keep only new names waiting.
 */
import dns, { type LookupAddress } from 'node:dns';
import { threadPoolSize } from '../config/thread-pool.ts';

type Callback = (error: NodeJS.ErrnoException | null, addresses: LookupAddress[] | undefined) => void;

export type Lookup = (hostname: string, options: { all: true }, callback: Callback) => void;

/** How many look-ups may run at once. */
export interface LookupPlaces {
  /** For names that were quick the last time. */
  readonly quick: number;
  /** For names that were not looked up before. */
  readonly unknown: number;
  readonly slow: number;
}

type Kind = keyof LookupPlaces;

const KINDS: readonly Kind[] = ['quick', 'unknown', 'slow'];

const SLOW_AFTER_MS = 1_000;
/** With more names, the one that was looked up longest ago is forgotten. */
const MAX_KNOWN = 20_000;

export class NameLookup {
  readonly #waiting = new Map<string, Callback[]>();
  /** Names that wait for a place, in order. */
  readonly #queued = { quick: new Set<string>(), unknown: new Set<string>(), slow: new Set<string>() };
  readonly #running = { quick: 0, unknown: 0, slow: 0 };
  /** How each name was the last time. */
  readonly #known = new Map<string, Exclude<Kind, 'unknown'>>();

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
    this.#queued[this.#known.get(hostname) ?? 'unknown'].add(hostname);
    this.#startNext();
  };

  #startNext(): void {
    for (const kind of KINDS) {
      for (const hostname of this.#queued[kind]) {
        if (this.#running[kind] >= this.places[kind]) break;
        this.#queued[kind].delete(hostname);
        this.#start(hostname, kind);
      }
    }
  }

  #start(hostname: string, kind: Kind): void {
    this.#running[kind] += 1;
    const startedAt = performance.now();
    this.resolve(hostname, { all: true }, (error, addresses) => {
      this.#running[kind] -= 1;
      this.#remember(hostname, performance.now() - startedAt > SLOW_AFTER_MS ? 'slow' : 'quick');
      const callbacks = this.#waiting.get(hostname) ?? [];
      this.#waiting.delete(hostname);
      this.#startNext();
      for (const callback of callbacks) callback(error, addresses);
    });
  }

  #remember(hostname: string, kind: Exclude<Kind, 'unknown'>): void {
    this.#known.delete(hostname);
    this.#known.set(hostname, kind);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest);
  }
}

/** @param threads of libuv's pool. @returns places that leave threads for Kafka and PostgreSQL. */
export function lookupPlaces(threads: number): LookupPlaces {
  const working = Math.floor(threads / 2);
  const quarter = Math.max(1, Math.floor(working / 4));
  return { quick: quarter, unknown: Math.max(1, Math.floor(working / 2)), slow: quarter };
}

/** There is one for the whole process, because the threads are shared as well. */
export const NAMES = new NameLookup(dns.lookup, lookupPlaces(threadPoolSize()));
