/**
 * An attempt, one HTTP request of a delivery, as data. `attemptSchema` is the contract of the results topic, and is
 * published as JSON Schema in `docs/schemas/`. A record is flat, so that SQL engines can read it without conversion.
 */
import { z } from 'zod';
import type { Delivery } from './delivery.ts';
import { TRIGGERS } from './trigger.ts';
import { METHODS, type Webhook } from './webhook.ts';

/** Why a request was made. */
export const REASONS = ['event', 'retry', 'resend', 'replay', 'test'] as const;
export type Reason = (typeof REASONS)[number];

/** How the attempt ended: delivered, failed with a retry to come, or failed for good. */
export const OUTCOMES = ['delivered', 'failed', 'exhausted'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** The kinds of failure, each with its meaning. A new one goes to the end: stored statistics count by place in this list. */
export const ERROR_CODES = {
  timeout: 'The answer was not complete within the timeout',
  dns_error: 'The host name could not be resolved',
  connection_refused: 'No connection could be made: refused, or no route to the host',
  connection_reset: 'The connection was closed before the answer was complete',
  tls_error: 'The TLS handshake failed, for example because of an invalid certificate',
  blocked_address: 'The host is, or resolves to, an address that webhooks may not reach',
  redirect: 'The answer was a redirect (3xx); redirects are never followed',
  http_status: 'The answer had a status other than 2xx and 3xx',
  invalid_response: 'The answer was not valid HTTP, or its headers were too large',
} as const;
export type ErrorCode = keyof typeof ERROR_CODES;

const timestamp = z.iso.datetime();

export const attemptSchema = z.strictObject({
  id: z.uuidv7().describe('Id of the attempt (UUIDv7)'),
  delivery_id: z
    .uuid()
    .describe(
      "Id of the delivery (UUIDv5 of webhook, event id and the record's place): the same for every attempt, also after a crash; random for a test send",
    ),
  event_id: z.string().describe("The event's id"),
  event_type: z.enum(TRIGGERS).describe('The trigger'),
  event_timestamp: z.string().describe("The event's time, RFC 3339, as its producer wrote it"),
  webhook_id: z.uuid().describe('Id of the webhook; also the key of the record'),
  webhook_url: z.string().describe('Its URL, with query values and keys in the path masked (***)'),
  method: z.enum(METHODS).describe('HTTP method of the request'),
  attempt: z
    .int()
    .min(1)
    .describe(
      'Number of this attempt within its delivery, from 1. A delivery that is read again by a replay of a range begins at 1 again',
    ),
  reason: z.enum(REASONS).describe('Why the request was made'),
  outcome: z.enum(OUTCOMES).describe('What became of it'),
  status_code: z.int().min(100).max(999).nullable().describe('HTTP status of the answer, if there was one'),
  error_code: z
    .enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]])
    .nullable()
    .describe('What went wrong, by kind; null when delivered'),
  error_message: z.string().nullable().describe('What went wrong, for people; null when delivered'),
  duration_ms: z.int().min(0).describe('From the start of the request to its end, in milliseconds'),
  response_body: z
    .string()
    .nullable()
    .describe('The first 1 KiB of the answer as text; null without an answer'),
  started_at: timestamp.describe('When the request was started (RFC 3339, UTC)'),
  next_attempt_at: timestamp.nullable().describe('When the next attempt is due; null when none will be made'),
  source_topic: z.string().nullable().describe('Topic the event was read from; null for a test send'),
  source_partition: z.int().min(0).nullable().describe('Its partition'),
  source_offset: z.string().regex(/^\d+$/).nullable().describe('Its offset, as text'),
  username: z
    .string()
    .nullable()
    .describe('The user name of the event, or its SHA-256 in hexadecimal, as `RESULTS_USERNAME` has it'),
  replay_id: z
    .uuid()
    .nullable()
    .describe('The replay that the request belongs to; null if it was made as the event came'),
});

export type Attempt = z.infer<typeof attemptSchema>;

/** What the receiver's answer, or its absence, means for the delivery. What follows is decided later. */
export interface Verdict {
  readonly delivered: boolean;
  readonly statusCode: number | null;
  readonly errorCode: ErrorCode | null;
  readonly errorMessage: string | null;
  /** The first 1 KiB of the answer as text; null without an answer. */
  readonly responseBody: string | null;
  /** Whether the answer may be longer than `responseBody`. */
  readonly bodyCut: boolean;
  /** The `Retry-After` header of the answer. */
  readonly retryAfter: string | undefined;
}

/** An attempt whose answer is judged. What follows it is not decided yet. */
export interface EndedAttempt {
  readonly delivery: Delivery;
  readonly webhook: Webhook;
  /** Which attempt of the delivery it is, from 1. */
  readonly number: number;
  readonly verdict: Verdict;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly durationMs: number;
}
