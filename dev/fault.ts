/**
 * A fault that the person at the keyboard can mend: its message is one sentence that names the way out, and the
 * commands print just that sentence. Any other error is a bug of ours and keeps its stack.
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
