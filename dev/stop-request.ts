/**
 * Turns everything that asks a command to stop into one request: Ctrl-C, SIGTERM, SIGHUP, the end of whoever reads the
 * output, and the end of the npm that started the command.
 *
 * The terminal sends a signal to everybody, and npm then passes it on again. So signals within one second of the first
 * request count as the same request. A later one means that somebody is in a hurry.
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
 * Requests a stop when the parent process ends. npm runs a script in a shell. If npm passes on a SIGTERM, some shells end
 * without passing it on to the script. This is only done under npm: whoever starts the command directly may end before it
 * on purpose.
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
