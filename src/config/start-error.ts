/** A start that cannot go on. The message is one sentence for the operator, with the way out; no stack is of use. */
export class StartError extends Error {
  override readonly name = 'StartError';
}
