/**
 * Which rooms of `src/` a room may import, beside itself. `eslint.config.js` makes lint rules of it, and a test
 * compares README's room table with it.
 */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  config: [],
  model: [],
  metrics: [],
  kafka: ['config'],
  database: ['config'],
  auth: ['config', 'model'],
  audit: ['auth', 'model'],
  webhooks: ['audit', 'auth', 'model', 'config'],
  intake: ['model', 'config', 'metrics', 'kafka'],
  matching: ['model', 'config', 'metrics', 'webhooks'],
  delivery: ['model', 'config', 'metrics'],
  retries: ['model', 'config', 'metrics'],
  results: ['model', 'config', 'metrics', 'kafka'],
  pipeline: [
    'intake',
    'matching',
    'delivery',
    'retries',
    'results',
    'webhooks',
    'audit',
    'model',
    'config',
    'metrics',
  ],
  health: ['config', 'model', 'auth', 'kafka', 'intake', 'matching', 'results'],
};
