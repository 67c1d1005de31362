/**
 * What is made up in tests comes from a seed: the environment's `SEED`, a new one for `SEED=random` (that of the long
 * fault tests), else always the same, so that a test that passed once goes on passing. `RUNS` makes property tests
 * try longer. A failure names its seed, and `SEED` brings it back.
 */

const USUAL_SEED = 20_261_124;

export function seed(): number {
  const { SEED } = process.env;
  if (SEED === undefined) return USUAL_SEED;
  if (SEED === 'random') return Math.floor(Math.random() * 1_000_000);
  const given = Number(SEED);
  if (!Number.isSafeInteger(given)) throw new Error(`SEED must be a whole number or random, but is ${SEED}`);
  return given;
}

/** Parameters of property tests. */
export function seeded(numRuns: number): { numRuns: number; seed: number } {
  return { numRuns: Number(process.env['RUNS'] ?? numRuns), seed: seed() };
}
