/** Why a webhook gets an event, or does not, as it is now. Pure. */
import type { Trigger } from '../model/trigger.ts';
import type { WebhookOutline } from '../webhooks/webhook-outlines.ts';

export const WHY = {
  match: 'It gets the event',
  trigger_not_chosen: 'It did not choose the trigger',
  disabled: 'It is disabled',
  paused: 'It gets the event when it is resumed',
  made_later: 'It was made after the event was recorded, and did not start from before it',
  secrets_unreadable: 'It gets the event when its secrets can be decrypted again',
} as const;
export type Why = keyof typeof WHY;

/** Those that get the event, now or later. */
const MATCHES: ReadonlySet<Why> = new Set(['match', 'paused', 'secrets_unreadable']);

export function matches(why: Why): boolean {
  return MATCHES.has(why);
}

/** @param recordedAt when the event was put on its topic; null: now. */
export function whyOf(
  { triggers, enabled, paused, createdAt, startsFrom }: WebhookOutline,
  event: { readonly type: Trigger; readonly recordedAt: Date | null },
): Exclude<Why, 'secrets_unreadable'> {
  if (!triggers.includes(event.type)) return 'trigger_not_chosen';
  if (!enabled) return 'disabled';
  if (event.recordedAt !== null && event.recordedAt < earlier(createdAt, startsFrom)) return 'made_later';
  return paused ? 'paused' : 'match';
}

function earlier(one: Date, other: Date | null): Date {
  return other !== null && other < one ? other : one;
}
