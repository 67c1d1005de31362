/**
 * Does work once for many callers. Whoever asks while it runs, or within `keptMs` after its success, gets the same
 * outcome. A failure is not kept: the next caller starts the work again.
 */
export function shared<Outcome>(work: () => Promise<Outcome>, keptMs: number): () => Promise<Outcome> {
  let current: Promise<Outcome> | null = null;
  const forget = (): void => {
    current = null;
  };
  return () => {
    if (current) return current;
    current = work();
    current.then(() => setTimeout(forget, keptMs).unref(), forget);
    return current;
  };
}
