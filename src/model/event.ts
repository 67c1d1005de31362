/**
 * A user lifecycle event: the form that a producer must send, and the forms in which rooms pass it on.
 *
 * `eventSchema` is the contract of the events topic, and is published as JSON Schema in `docs/schemas/`. Only the members
 * that it names are checked. All other members of the user are passed on unchanged, as the bytes that were received.
 */
import { z } from 'zod';
import { because, fault } from './field-fault.ts';
import { atLeast, atMost, isRfc3339 } from './member-rules.ts';
import { TRIGGERS, type Trigger } from './trigger.ts';

/** No control characters, line or paragraph separators, or halves of surrogate pairs. */
const PRINTABLE = /^[^\u0000-\u001f\u007f-\u009f\u2028\u2029\ud800-\udfff]+$/u;

/** An event's id: 1 to 256 printable characters. */
const eventIdSchema = z
  .string('must be a string of 1 to 256 characters')
  .check(atLeast(1, 'must not be empty'), atMost(256, 'must be at most 256 characters long'))
  .refine(
    (text) => PRINTABLE.test(text),
    because(fault('control_characters', 'must consist of printable characters')),
  )
  .meta({ pattern: PRINTABLE.source });

const A_TIME = 'an RFC 3339 date and time, such as 2026-11-24T09:30:00Z';

/** A point in time as RFC 3339 section 5.6 writes it, but with no more digits than fit: every result has it. */
const timestampSchema = z
  .string(`must be ${A_TIME}`)
  .check(atMost(64, 'must be at most 64 characters long'))
  .refine(isRfc3339, because(fault('not_a_time', `must be ${A_TIME}`)))
  .meta({ format: 'date-time' });

const text = z.string('must be a string or null').nullable().optional();

/** Checked as a whole. One issue per element would make many megabytes of messages for a long list. */
const strings = z
  .custom<string[]>(
    (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
    because(fault('wrong_type', 'must be a list of strings', { expected: 'array' })),
  )
  .meta({ type: 'array', items: { type: 'string' } });

/** Allows members that are not named. They are passed on in the user's text; the parsed value does not have them. */
const MORE_MEMBERS = { additionalProperties: true };

/** The user. Members that are named here are checked if they are present. Others are allowed and passed on. */
const userSchema = z
  .object(
    {
      username: z.string('must be a non-empty string').check(atLeast(1, 'must be a non-empty string')),
      email: text,
      first_name: text,
      last_name: text,
      phone: text,
      ssh_key: text,
      pgp_key: text,
      pgp_cert_id: text,
      groups: strings.optional(),
      is_admin: z.boolean('must be true or false').optional(),
    },
    'must be an object, the user',
  )
  .meta(MORE_MEMBERS);

/** The members of a user that are checked. */
export const USER_MEMBERS: readonly string[] = Object.keys(userSchema.shape);

/** The value of a record on the events topic. */
export const eventSchema = z
  .object(
    {
      id: eventIdSchema,
      type: z.enum(TRIGGERS, `must be one of ${TRIGGERS.join(', ')}`),
      timestamp: timestampSchema,
      data: userSchema,
    },
    'must be a JSON object',
  )
  .meta(MORE_MEMBERS);

/** The place from which an event was read. The offset is a string: a JSON number cannot hold all offsets exactly. */
export interface EventSource {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

/** The part of an event that is needed to deliver it, now or later. */
export interface EventToDeliver {
  readonly id: string;
  /** The id by which receivers know it (`webhook-id`). */
  readonly messageId: string;
  readonly type: Trigger;
  /** RFC 3339, as the producer wrote it. */
  readonly timestamp: string;
  /** The request body: the user as compact JSON. For `user_deleted` it has only the username. */
  readonly body: Buffer;
  /** W3C Trace Context headers of the record, passed through. */
  readonly trace: { readonly traceparent: string; readonly tracestate?: string } | null;
  /** Whose event it is; null where a row does not say. */
  readonly username: string | null;
  /** Null for a test send. */
  readonly source: EventSource | null;
}

/** @returns null where the body does not say it, as only rows by hand do. */
export function usernameIn(body: Buffer): string | null {
  try {
    const user: unknown = JSON.parse(body.toString());
    const found = typeof user === 'object' && user !== null && 'username' in user ? user.username : null;
    return typeof found === 'string' ? found : null;
  } catch {
    return null;
  }
}

/** An event after decoding, ready to be matched. */
export interface UserEvent extends EventToDeliver {
  readonly username: string;
  /** Events with the same key belong to one user and stay in order. It is the record's key, or else the username. */
  readonly orderKey: string;
  readonly source: EventSource;
}

/** What texts take in memory: one character that is not of Latin-1 makes it two bytes for each. */
const BYTES_OF_A_CHARACTER = 2;

/** What an event keeps of memory beyond what all have, near enough: its other members are short. */
export function bytesHeld({ body, timestamp }: EventToDeliver, username = ''): number {
  // Rows of before there was a bound may have a long timestamp.
  return body.length + BYTES_OF_A_CHARACTER * (timestamp.length + username.length);
}
