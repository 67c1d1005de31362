/** Durations as the service writes them (`5m`), in milliseconds, and in words of the reader's language. */
const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const WORDS = [
  ['day', UNITS.d],
  ['hour', UNITS.h],
  ['minute', UNITS.m],
  ['second', UNITS.s],
  ['millisecond', UNITS.ms],
] as const;

/** @returns null when it is none. */
export function parseDuration(text: string): number | null {
  const [, amount, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text.trim()) ?? [];
  return amount === undefined || unit === undefined
    ? null
    : Number(amount) * UNITS[unit as keyof typeof UNITS];
}

/** The two largest parts: "3 days 3 hours". */
export function durationInWords(ms: number, language: string): string {
  const parts: string[] = [];
  let rest = Math.round(ms);
  for (const [unit, size] of WORDS) {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount === 0) continue;
    parts.push(new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'long' }).format(amount));
    if (parts.length === 2) break;
  }
  return parts.length === 0
    ? new Intl.NumberFormat(language, { style: 'unit', unit: 'second' }).format(0)
    : parts.join(' ');
}
