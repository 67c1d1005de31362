import { defineConfig } from 'vitest/config';

/** Where `.ci/run` wants a report of each run, to add the totals up. */
const reports = process.env['TEST_REPORTS'];

/**
 * `unit`: pure, no services. `e2e`: the built service with real Kafka, real Postgres and real receivers. `faults`: the
 * same for many minutes, with everything that can break broken in turn; one file at a time, as each loads the machine.
 */
export default defineConfig({
  test: {
    reporters:
      reports === undefined
        ? ['default']
        : ['default', ['json', { outputFile: `${reports}/${process.pid}.json` }]],
    projects: [
      {
        test: {
          name: 'unit',
          testTimeout: 60_000,
          include: ['src/**/*.spec.ts', 'test/contracts/*.spec.ts', 'test/model/*.spec.ts'],
          environment: 'node',
          setupFiles: ['test/support/quiet.ts'],
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.e2e-spec.ts'],
          environment: 'node',
          globalSetup: ['test/support/services.ts'],
          // A machine may be several times slower than ours.
          testTimeout: 300_000,
          hookTimeout: 300_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'faults',
          env: { SEED: process.env['SEED'] ?? 'random' },
          include: ['test/faults/**/*.fault-spec.ts'],
          environment: 'node',
          globalSetup: ['test/support/services.ts'],
          testTimeout: 600_000,
          hookTimeout: 300_000,
          maxWorkers: 1,
        },
      },
    ],
  },
});
