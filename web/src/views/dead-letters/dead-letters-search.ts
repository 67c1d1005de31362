/** What dead letters are filtered by, as it stands in the address, and which one is open. */
import { isOneOf, textOf, withoutEmpty } from '../../pieces/search';

export const REASONS = [
  'empty',
  'invalid_utf8',
  'invalid_json',
  'invalid_event',
  'unknown_type',
  'unsupported_format',
  'too_large',
  'undecodable_batch',
] as const;

export interface DeadLettersSearch {
  readonly reason?: (typeof REASONS)[number];
  /** The one that is open, as `partition/offset`. */
  readonly letter?: string;
}

export function deadLettersSearch({ reason, letter }: Record<string, unknown>): DeadLettersSearch {
  const place = textOf(letter);
  return withoutEmpty({
    reason: isOneOf(REASONS, reason) ? reason : undefined,
    letter: place !== undefined && /^\d+\/\d+$/.test(place) ? place : undefined,
  });
}
