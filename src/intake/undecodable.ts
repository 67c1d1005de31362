/** Why a record is not an event: the code and the sentence that go with it to the dead-letter topic. */
export const DEAD_LETTER_REASONS = {
  empty: 'The record has no value (a tombstone)',
  invalid_utf8: 'The value is not valid UTF-8 text',
  invalid_json: 'The value is not valid JSON',
  invalid_event: 'The event has members that are missing or wrong',
  unknown_type: 'The type of the event is none of the four triggers',
  unsupported_format: 'The record is in a format that is not read, such as schema-registry framing',
  too_large: 'The record is larger than `MAX_EVENT_BYTES`',
  undecodable_batch:
    'The batch, or the rest of it, cannot be read: it is damaged, or unpacks to more than 1 GiB',
} as const;

export type DeadLetterReason = keyof typeof DEAD_LETTER_REASONS;

/** Longer complaints say no more, and go to the log and into a header. */
const MAX_MESSAGE_CHARACTERS = 1_000;

export class Undecodable extends Error {
  override readonly name = 'Undecodable';

  constructor(
    readonly reason: DeadLetterReason,
    message: string,
  ) {
    super(message.slice(0, MAX_MESSAGE_CHARACTERS));
  }
}
