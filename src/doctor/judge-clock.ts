/** Judges whether two clocks agree well enough. Leases, the times of results and signatures depend on it. Pure. */
import { fault, ok, warning, type Finding } from './finding.ts';

/** Leases of PostgreSQL last 30 seconds, and receivers refuse signatures that are 5 minutes off. */
export const CLOCK_TOLERANCE_MS = { warning: 2_000, fault: 30_000 };

/**
 * @param whose the other clock.
 * @param aheadMs how far it is ahead of this machine's clock; negative: behind.
 * @param uncertainMs how much the network may have added.
 */
export function judgeClock(whose: string, aheadMs: number, uncertainMs: number): Finding {
  const check = `clock of ${whose}`;
  const offMs = Math.max(0, Math.abs(aheadMs) - uncertainMs);
  const seconds = (Math.abs(aheadMs) / 1_000).toFixed(1);
  const found = `it is ${seconds} s ${aheadMs < 0 ? 'behind' : 'ahead of'} this machine's`;
  const toDo = 'let both follow a time server (NTP)';
  if (offMs > CLOCK_TOLERANCE_MS.fault) return fault(check, found, toDo);
  if (offMs > CLOCK_TOLERANCE_MS.warning) return warning(check, found, toDo);
  return ok(check, `it agrees with this machine's`);
}
