/** Threads of libuv's pool, on which names are resolved and files are read: Node's own variable, which it reads at its start. */
const DEFAULT_THREADS = 4;
const MAX_THREADS = 1_024;

export function threadPoolSize(): number {
  const threads = Math.floor(Number(process.env['UV_THREADPOOL_SIZE']));
  return threads > 0 ? Math.min(threads, MAX_THREADS) : DEFAULT_THREADS;
}
