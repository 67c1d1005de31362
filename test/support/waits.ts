/** How long events waited, from the moment they were known to be on the events topic until the receiver had them. */
import type { ReceivedRequest } from './receiver.ts';

export interface Waits {
  readonly events: number;
  readonly medianMs: number;
  readonly longestMs: number;
}

/**
 * @param takenAt see `Load`.
 * @param from waiting counts from then on, where nothing could be sent before.
 * @returns how long each waited until the receiver took it; what was taken before counts as nothing.
 */
export function waitsOf(
  takenAt: ReadonlyMap<string, number>,
  requests: readonly ReceivedRequest[],
  from = -Infinity,
): Waits {
  const had = new Map<string, number>();
  for (const { headers, at, status } of requests) {
    const id = String(headers['webhook-id']);
    if (status === 200 && !had.has(id)) had.set(id, at);
  }
  const waits = [...takenAt]
    .map(([id, at]) => Math.max((had.get(id) ?? Infinity) - Math.max(at, from), 0))
    .toSorted((one, other) => one - other);
  return {
    events: waits.length,
    medianMs: waits[waits.length >> 1] ?? 0,
    longestMs: waits.at(-1) ?? 0,
  };
}
