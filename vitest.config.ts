import { defineConfig } from 'vitest/config';

/** Where `.ci/run` wants a report of each run, to add the totals up. */
const reports = process.env['TEST_REPORTS'];

/** `unit`: pure, no services. `e2e`: the built service with real Kafka, real Postgres and real receivers. */
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
          include: ['src/**/*.spec.ts', 'test/contracts/*.spec.ts', 'test/model/*.spec.ts'],
          environment: 'node',
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.e2e-spec.ts'],
          environment: 'node',
          globalSetup: ['test/support/services.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
