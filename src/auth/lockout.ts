/**
 * Keeps guessers out. An address that sends too many wrong tokens gets only 429 for a while. Each time it happens again,
 * the time is twice as long. Other addresses are not affected.
 *
 * An IPv6 network of /64 counts as one address, because whoever has one of its addresses has them all. Memory is bounded:
 * if there are too many addresses, those that were quiet longest are forgotten. Each process counts for itself. Why no
 * library counts: docs/decisions/0012.
 */
import ipaddr from 'ipaddr.js';
import { clientAddress } from '../rest/client-address.ts';

const WRONG_TOKENS = 10;
const WITHIN_MS = 60_000;
const FIRST_LOCK_MS = 60_000;
const LONGEST_LOCK_MS = 3_600_000;
/** After this time without a lock, the next lock is short again. */
const FORGIVEN_AFTER_MS = 24 * 3_600_000;
const MAX_ADDRESSES = 10_000;

interface Record {
  wrong: number;
  countedSince: number;
  locks: number;
  lockedUntil: number;
}

export class Lockout {
  /** The addresses that were quiet longest come first. */
  readonly #records = new Map<string, Record>();

  constructor(
    private readonly now: () => number = () => performance.now(),
    private readonly maxAddresses = MAX_ADDRESSES,
  ) {}

  /** Milliseconds for which the address is still locked out; 0 when it is not. */
  remainingMs(address: string): number {
    const until = this.#records.get(lockedPart(address))?.lockedUntil ?? 0;
    return Math.max(0, until - this.now());
  }

  /** @returns whether this wrong token was one too many, so that the address is locked out now. */
  noteWrongToken(address: string): boolean {
    const now = this.now();
    const record = this.#touch(lockedPart(address), now);
    if (now - record.countedSince >= WITHIN_MS) Object.assign(record, { wrong: 0, countedSince: now });
    record.wrong += 1;
    if (record.wrong < WRONG_TOKENS) return false;
    const lockMs = Math.min(FIRST_LOCK_MS * 2 ** record.locks, LONGEST_LOCK_MS);
    Object.assign(record, {
      wrong: 0,
      countedSince: now + lockMs,
      locks: record.locks + 1,
      lockedUntil: now + lockMs,
    });
    return true;
  }

  #touch(key: string, now: number): Record {
    const known = this.#records.get(key);
    this.#records.delete(key);
    const remembered = known && now - known.lockedUntil < FORGIVEN_AFTER_MS ? known : null;
    const record = remembered ?? { wrong: 0, countedSince: now, locks: 0, lockedUntil: now };
    this.#records.set(key, record);
    if (this.#records.size > this.maxAddresses) {
      const [quietest] = this.#records.keys();
      if (quietest !== undefined) this.#records.delete(quietest);
    }
    return record;
  }
}

/** What is locked out for an address: itself, or its IPv6 network. */
export function lockedPart(address: string): string {
  const client = clientAddress(address);
  if (!ipaddr.IPv6.isValid(client)) return client;
  const parsed = ipaddr.IPv6.parse(client);
  return `${new ipaddr.IPv6([...parsed.parts.slice(0, 4), 0, 0, 0, 0]).toString()}/64`;
}
