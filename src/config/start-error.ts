/**
 * The start must end, for a reason that the operator can put right. The message is for the operator and says what to do.
 * It is printed without a stack.
 */
export class StartError extends Error {
  override readonly name: string = 'StartError';
}

/** Any error but a `StartError` is a bug, so its stack is printed. */
export function explain(error: unknown): string {
  if (error instanceof StartError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
