/** Checks the id of a webhook that a caller gives. */
import { validate as isUuid } from 'uuid';
import { Problem } from '../rest/problem.ts';

/**
 * An id that is not a UUID belongs to no webhook. PostgreSQL would refuse to compare it.
 *
 * @throws Problem `not_found`
 */
export function knownId(id: string): string {
  if (!isUuid(id)) throw noSuchWebhook(id);
  return id;
}

export function noSuchWebhook(id: string): Problem {
  return new Problem('not_found', `There is no webhook with the id ${id}`);
}
