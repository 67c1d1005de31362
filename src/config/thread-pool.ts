/**
 * How many threads libuv's pool has. On them names are resolved and files are read. `UV_THREADPOOL_SIZE` is Node's own
 * variable, and Node reads it when it starts.
 */
const DEFAULT_THREADS = 4;
const MAX_THREADS = 1_024;

export function threadPoolSize(): number {
  const threads = Math.floor(Number(process.env['UV_THREADPOOL_SIZE']));
  return threads > 0 ? Math.min(threads, MAX_THREADS) : DEFAULT_THREADS;
}
