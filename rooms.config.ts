/**
 * Which rooms of `src/` a room may import, beside itself. `eslint.config.js` makes lint rules of it, and a test
 * compares the room table in `docs/architecture.md` with it. No room may import the files of the edge, which lie in
 * `src/` itself.
 */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  config: [],
  model: [],
  logging: ['config'],
  rest: ['config', 'model'],
  kafka: ['config'],
  database: ['config'],
  auth: ['config', 'model', 'rest'],
  audit: ['auth', 'model', 'rest'],
  secrets: ['config', 'model', 'database'],
  webhooks: ['audit', 'auth', 'secrets', 'model', 'config', 'rest', 'database'],
  intake: ['model', 'config', 'kafka'],
  matching: ['model', 'config', 'webhooks'],
  lanes: ['model', 'config'],
  delivery: ['model', 'config'],
  retries: ['model', 'config', 'database'],
  results: ['model', 'config', 'kafka'],
  pipeline: [
    'intake',
    'matching',
    'lanes',
    'delivery',
    'retries',
    'results',
    'webhooks',
    'model',
    'config',
    'logging',
  ],
  'test-send': ['pipeline', 'webhooks', 'audit', 'auth', 'rest', 'model'],
  explain: ['kafka', 'intake', 'retries', 'delivery', 'webhooks', 'secrets', 'auth', 'rest', 'model'],
  'dead-letters': ['kafka', 'intake', 'audit', 'auth', 'rest', 'model', 'config'],
  health: ['config', 'model', 'rest', 'auth', 'database', 'kafka', 'intake', 'matching', 'results'],
};
