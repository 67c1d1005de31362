/**
 * A start that cannot go on for what an operator can mend. The message is for the operator, with the way out; no stack
 * is of use.
 */
export class StartError extends Error {
  override readonly name: string = 'StartError';
}

/** Anything else is a bug, and its stack is needed. */
export function explain(error: unknown): string {
  if (error instanceof StartError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
