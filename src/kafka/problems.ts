/** Translates the errors of this room for a caller of the REST API, as this room may not import `rest`. */
import { LogUnavailable } from './log-faults.ts';

interface KafkaProblem {
  readonly code: 'service_unavailable';
  readonly detail: string;
  readonly params: { readonly unavailable: 'kafka' };
  readonly logged: 'warn';
}

/** @returns null for an error of another room. */
export function kafkaProblem(error: unknown): KafkaProblem | null {
  if (!(error instanceof LogUnavailable)) return null;
  const detail = `${error.message}. Try again later`;
  return { code: 'service_unavailable', detail, params: { unavailable: 'kafka' }, logged: 'warn' };
}
