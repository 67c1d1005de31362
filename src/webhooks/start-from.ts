/** From when on a webhook gets the events of the log: what a caller may say, and when. */
import type { Changes } from '../audit/audit.dto.ts';
import { Problem } from '../rest/problem.ts';

/** From when on a webhook gets what the log has: a time, or all of it. */
export type StartFrom = Date | 'earliest' | 'now';

export function toStartFrom(text: string | undefined): StartFrom | undefined {
  if (text === undefined || text === 'now' || text === 'earliest') return text;
  return new Date(text.toUpperCase().replace(' ', 'T').replace(':60', ':59'));
}

/** @throws Problem `validation_failed` where it may not be given. */
export function refuseStart(startFrom: StartFrom | undefined, { enables }: { enables: boolean }): void {
  if (startFrom === undefined) return;
  const message = !enables
    ? 'may be given only when the webhook is made or enabled'
    : startFrom instanceof Date && startFrom.getTime() > Date.now()
      ? 'must not be in the future'
      : null;
  if (message !== null)
    throw new Problem('validation_failed', `start_from ${message}`, [{ field: 'start_from', message }]);
}

/** For the audit trail. */
export function startChange(startFrom: StartFrom | undefined): Changes {
  if (startFrom === undefined) return {};
  return {
    start_from: { before: null, after: startFrom instanceof Date ? startFrom.toISOString() : startFrom },
  };
}
