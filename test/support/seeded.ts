/**
 * Parameters of property tests: the seed is the environment's `SEED`, or a new one, and `RUNS` makes them try longer.
 * fast-check prints the seed of a failure, and `SEED` brings it back.
 */

export function seeded(numRuns: number): { numRuns: number; seed?: number } {
  const { SEED, RUNS } = process.env;
  return {
    numRuns: RUNS === undefined ? numRuns : Number(RUNS),
    ...(SEED !== undefined && { seed: Number(SEED) }),
  };
}
