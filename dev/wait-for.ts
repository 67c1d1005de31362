/**
 * Waits for a condition by asking again, never by a fixed pause. The only timer of the development stack.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Fault } from './fault.ts';

export interface Waiting {
  readonly timeoutMs: number;
  /** What is waited for, as the end of "… did not happen": `the broker to answer`. */
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
  readonly everyMs?: number;
}

/** Resolves with the first truthy answer of `condition`; a condition that throws ends the wait. */
export async function waitFor<T>(condition: () => T | Promise<T>, waiting: Waiting): Promise<NonNullable<T>> {
  const deadline = performance.now() + waiting.timeoutMs;
  for (;;) {
    waiting.signal?.throwIfAborted();
    const answer = await condition();
    if (answer) return answer;
    if (performance.now() >= deadline) {
      throw new Fault(`Waited ${Math.round(waiting.timeoutMs / 1000)} s in vain for ${waiting.what}.`);
    }
    await pause(waiting.everyMs ?? 50, undefined, { signal: waiting.signal });
  }
}
