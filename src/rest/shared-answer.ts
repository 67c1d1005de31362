/**
 * Work that many may ask for and that is done once: those who ask while it runs, and for a while after it has ended, get
 * the same outcome. What fails is not kept.
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
