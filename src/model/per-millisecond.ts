/**
 * Texts that are made of a time: kept for as long as the time is the same, since at full speed dozens of attempts begin
 * and end within one millisecond. Pure but for that.
 */

/** @returns `textOf`, which keeps its last text. */
export function perMillisecond(textOf: (now: number) => string): (now: number) => string {
  let of: number | null = null;
  let text = '';
  return (now) => {
    if (now !== of) {
      text = textOf(now);
      of = now;
    }
    return text;
  };
}
