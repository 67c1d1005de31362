/** From when on a webhook gets the events of the log: what a caller may say, and when. */
import type { Changes } from '../audit/audit.dto.ts';
import { fault } from '../model/field-fault.ts';
import { toDate } from '../model/member-rules.ts';
import { fieldProblem } from '../rest/problem.ts';

/** From when on a webhook gets what the log has: a time, or all of it. */
export type StartFrom = Date | 'earliest' | 'now';

export function toStartFrom(text: string | undefined): StartFrom | undefined {
  if (text === undefined || text === 'now' || text === 'earliest') return text;
  return toDate(text);
}

/** @throws Problem `validation_failed` where it may not be given. */
export function refuseStart(startFrom: StartFrom | undefined, { enables }: { enables: boolean }): void {
  if (startFrom === undefined) return;
  const found = !enables
    ? fault('only_when_enabled', 'may be given only when the webhook is made or enabled')
    : startFrom instanceof Date && startFrom.getTime() > Date.now()
      ? fault('in_the_future', 'must not be in the future')
      : null;
  if (found !== null) throw fieldProblem('start_from', found);
}

/** For the audit trail. */
export function startChange(startFrom: StartFrom | undefined): Changes {
  if (startFrom === undefined) return {};
  return {
    start_from: { before: null, after: startFrom instanceof Date ? startFrom.toISOString() : startFrom },
  };
}
