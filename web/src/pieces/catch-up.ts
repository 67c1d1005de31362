/** How far a webhook has come with what lies in the log before what is live. Pure. */
import type { Webhook } from '../api/generated/types.gen';

export interface CatchUp {
  readonly total: number;
  /** 0 to 1. */
  readonly part: number;
  readonly percent: string;
}

/** @returns null while it does not catch up, and where nothing is known. */
export function catchUpOf({ status, behind }: Webhook, language: string): CatchUp | null {
  const { read = null, events = 0 } = behind ?? {};
  if (status !== 'catching_up' || read === null || read + events === 0) return null;
  const total = read + events;
  const part = read / total;
  // Rounded down: 100 % would say that nothing is left.
  const percent = (Math.floor(part * 100) / 100).toLocaleString(language, { style: 'percent' });
  return { total, part, percent };
}
