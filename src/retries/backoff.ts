/** How long to wait before the next attempt. Pure. */

const JITTER = 0.2;

/**
 * Spreads retries so that those that failed together do not come back together.
 *
 * @param random from 0 (inclusive) to 1 (exclusive).
 * @returns whole milliseconds, within 20 % of the delay.
 */
export function jittered(delayMs: number, random: number): number {
  return Math.round(delayMs * (1 - JITTER + 2 * JITTER * random));
}
