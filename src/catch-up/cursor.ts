/**
 * A cursor, as the table `cursors` has it: how far one webhook has got one partition of the log again.
 *
 * A cursor without an end is the place of its webhook in the partition. Everything before it was delivered. From it on,
 * nothing is sent live. It ends when it hands its webhook over to live events. A webhook has at most one such cursor per
 * partition.
 */
import type { UserEvent } from '../model/event.ts';
import { storableText } from '../model/storable-text.ts';
import type { Trigger } from '../model/trigger.ts';
import type { Webhook } from '../model/webhook.ts';
import type { WhyAgain } from '../pipeline/deliveries.ts';

export const REPLAY_KINDS = ['resend', 'recover', 'replay', 'start_from', 'resume'] as const;
export type ReplayKind = (typeof REPLAY_KINDS)[number];

export const REPLAY_MODES = ['all', 'last_per_user'] as const;
export type ReplayMode = (typeof REPLAY_MODES)[number];

/** What a cursor needs to know of the replay that it belongs to. */
export interface CursorReplay {
  /** UUIDv7. Of two replays, the earlier one goes first. */
  readonly id: string;
  readonly kind: ReplayKind;
  /** Null: all triggers of the webhook. */
  readonly triggers: readonly Trigger[] | null;
  readonly username: string | null;
  /** Only for a resend: the id of its event. */
  readonly eventId: string | null;
  /** Only for a recovery of one delivery: its id. */
  readonly deliveryId: string | null;
  /** Of a resend: how many attempts its delivery had, as far as the history knows. */
  readonly attemptsBefore: number;
  readonly mode: ReplayMode;
  readonly dryRun: boolean;
  readonly stopping: boolean;
  /** Only for a recovery: when its deliveries were given up. */
  readonly from: Date | null;
  readonly to: Date | null;
}

export interface Cursor {
  readonly id: string;
  readonly webhookId: string;
  readonly partition: number;
  /** The offset to read next. */
  readonly next: number;
  /** Null: it goes on until it meets live reading. */
  readonly end: number | null;
  /** Only for a cursor of a pause: events before this offset are sent live, and first. */
  readonly liveBefore: number;
  readonly matched: number;
  /** Records that were gone from the log when it was their turn. */
  readonly expired: number;
  /** Whether its webhook has deliveries that were given up: some of what it delivers may be among them. */
  readonly anyGivenUp: boolean;
  /** Null: the pause has not ended, or it ended before this process knew of it. */
  readonly replay: CursorReplay | null;
}

/** Whether the cursor must deliver the event. */
export function isMeant(event: UserEvent, { triggers }: Webhook, replay: CursorReplay | null): boolean {
  if (!triggers.includes(event.type)) return false;
  if (replay === null) return true;
  if (replay.triggers !== null && !replay.triggers.includes(event.type)) return false;
  if (replay.username !== null && replay.username !== storableText(event.username)) return false;
  return replay.eventId === null || replay.eventId === event.id;
}

/** Whether it goes through the rows that were given up, by `sequence`, and not through the log. */
export function isRecovery({ replay }: Cursor): boolean {
  return replay?.kind === 'recover' || (replay?.kind === 'resend' && replay.eventId === null);
}

/** Why the cursor's deliveries are made. */
export function whyAgain(replay: CursorReplay | null): WhyAgain {
  return {
    reason: reasonOf(replay),
    replayId: replay?.id ?? null,
    attemptsBefore: replay?.attemptsBefore ?? 0,
  };
}

/** For the receiver, events that it never got are the events themselves. */
function reasonOf(replay: CursorReplay | null): WhyAgain['reason'] {
  switch (replay?.kind) {
    case 'replay':
      return 'replay';
    case 'resend':
    case 'recover':
      return 'resend';
    case 'start_from':
    case 'resume':
    case undefined:
      return 'event';
  }
}
