/**
 * Text as PostgreSQL can hold it: no NUL and no halves of surrogate pairs, which JSON may have. Each becomes `U+FFFD`. What
 * is looked for must be changed in the same way as what was stored. Pure.
 */
const NUL = '\0';
const REPLACED = '\uFFFD';

export function storableText(text: string): string {
  return text.replaceAll(NUL, REPLACED).toWellFormed();
}

/** Whether a stored text may once have been another. */
export function mayBeReplaced(text: string): boolean {
  return text.includes(REPLACED);
}
