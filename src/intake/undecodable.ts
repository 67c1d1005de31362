/** Why a record is not an event: the code and the message for the dead-letter topic. */
import type { FieldFault } from '../model/field-fault.ts';

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

/** The message goes into a header, so it must not be long. */
const MAX_MESSAGE_CHARACTERS = 1_000;
/** The part of the message that is kept if a sentence about what was probably meant follows it. */
const MAX_COMPLAINT_CHARACTERS = 700;
/** The messages of these reasons already say what was meant. */
const CLEAR: ReadonlySet<DeadLetterReason> = new Set(['empty', 'unsupported_format']);

export class Undecodable extends Error {
  override readonly name = 'Undecodable';

  constructor(
    readonly reason: DeadLetterReason,
    message: string,
    /** Member by member, where that is known. Found only for whoever asks. */
    readonly faults: () => readonly FieldFault[] = () => [],
  ) {
    super(message.slice(0, MAX_MESSAGE_CHARACTERS));
  }

  /** Adds what was probably meant to the message. @param meant returns null if that is not known. */
  meaning(meant: () => string | null): this {
    const meaning = CLEAR.has(this.reason) ? null : meant();
    if (meaning !== null) this.message = `${this.message.slice(0, MAX_COMPLAINT_CHARACTERS)}; ${meaning}`;
    return this;
  }
}
