/**
 * What time it is by the clock of the service: all times in its answers are by that one. A page that went by a wrong clock
 * of its own machine would say "in 2 hours" of what has just happened, and ask for the wrong stretch of time.
 */

/** What an answer may take on its way. */
const TOLERATED_MS = 5_000;

let aheadMs = 0;

/** Each answer says when it was made, to the second. */
export function noteServiceTime(answer: Response): void {
  const difference = Date.parse(answer.headers.get('date') ?? '') - Date.now();
  if (Number.isFinite(difference)) aheadMs = Math.abs(difference) < TOLERATED_MS ? 0 : difference;
}

export function serviceNow(): number {
  return Date.now() + aheadMs;
}
