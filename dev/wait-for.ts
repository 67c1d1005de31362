/** Waits for a condition by asking again and again. Development commands wait in no other way. */
import { setTimeout as pause } from 'node:timers/promises';
import { Fault } from './fault.ts';

export interface Waiting {
  readonly timeoutMs: number;
  /** Completes the message "Gave up after waiting 5 s for …": `the broker to answer`. */
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
  readonly everyMs?: number;
}

/** Resolves with the first truthy answer of `condition`. If `condition` throws, waiting ends with its error. */
export async function waitFor<T>(condition: () => T | Promise<T>, waiting: Waiting): Promise<NonNullable<T>> {
  const deadline = performance.now() + waiting.timeoutMs;
  for (;;) {
    waiting.signal?.throwIfAborted();
    const answer = await condition();
    if (answer) return answer;
    if (performance.now() >= deadline) {
      throw new Fault(`Gave up after waiting ${Math.round(waiting.timeoutMs / 1000)} s for ${waiting.what}.`);
    }
    await pause(waiting.everyMs ?? 50, undefined, { signal: waiting.signal });
  }
}
