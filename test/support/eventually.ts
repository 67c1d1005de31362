/** Waits until the assertions hold, and fails with their message when they do not in time. Never a fixed pause. */
import { vi } from 'vitest';

const TIMEOUT_MS = 60_000;

export function eventually<Result>(
  assertions: () => Result | Promise<Result>,
  timeoutMs: number = TIMEOUT_MS,
): Promise<Result> {
  return vi.waitFor(assertions, { timeout: timeoutMs, interval: 25 });
}
