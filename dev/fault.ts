/**
 * A fault that the person at the keyboard can put right. The message is one sentence that says what to do, and the commands
 * print only this sentence. Any other error is a bug, and is printed with its stack.
 */
export class Fault extends Error {
  override readonly name = 'Fault';
}

export function isErrno(error: unknown, ...codes: string[]): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
