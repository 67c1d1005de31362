/** Why a record is not an event: the code and the sentence that go with it to the dead-letter topic. */
export const DEAD_LETTER_REASONS = {
  empty: 'The record has no value (a tombstone)',
  invalid_utf8: 'The value is not valid UTF-8 text',
  invalid_json: 'The value is not valid JSON',
  invalid_event: 'The event has members that are missing or wrong',
  unknown_type: 'The type of the event is none of the four triggers',
  unsupported_format: 'The record is in a format that is not read, such as schema-registry framing',
} as const;

export type DeadLetterReason = keyof typeof DEAD_LETTER_REASONS;

export class Undecodable extends Error {
  override readonly name = 'Undecodable';

  constructor(
    readonly reason: DeadLetterReason,
    message: string,
  ) {
    super(message);
  }
}
