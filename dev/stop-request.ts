/**
 * Turns whatever asks a command to stop into one request: Ctrl-C, SIGTERM, SIGHUP, a reader of the output that went
 * away, the end of the npm that started it.
 *
 * npm passes a signal on that the terminal has sent to everyone already, so what comes within a second of the first
 * request is the same one; only what comes later means that somebody is in a hurry.
 */
export interface StopRequest {
  /** Aborted at the first request. */
  readonly signal: AbortSignal;
  readonly requested: Promise<void>;
  /** Called at every further request. */
  onHurry(listener: () => void): void;
}

const SAME_REQUEST_MS = 1_000;
const PARENT_CHECK_MS = 500;

export function listenForStop(): StopRequest {
  const controller = new AbortController();
  const requested = Promise.withResolvers<undefined>();
  const hurryListeners: (() => void)[] = [];
  let firstAt = 0;
  const request = (): void => {
    if (!controller.signal.aborted) {
      firstAt = performance.now();
      controller.abort();
      requested.resolve(undefined);
    } else if (performance.now() - firstAt > SAME_REQUEST_MS) {
      for (const listener of hurryListeners) listener();
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, request);
  for (const stream of [process.stdout, process.stderr]) stream.on('error', request);
  watchParent(request);
  return {
    signal: controller.signal,
    requested: requested.promise,
    onHurry: (listener) => {
      hurryListeners.push(listener);
    },
  };
}

/**
 * npm runs a script through a shell, and a SIGTERM that npm passes on ends some shells without reaching what runs in
 * them. Only under npm: whoever starts the command directly may leave it alone on purpose.
 */
function watchParent(request: () => void): void {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    request();
  }, PARENT_CHECK_MS);
  timer.unref();
}
