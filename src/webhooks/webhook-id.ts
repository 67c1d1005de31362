/** The id of a webhook as a caller gives it. */
import { validate as isUuid } from 'uuid';
import { Problem } from '../rest/problem.ts';

/**
 * An id that is no UUID is nobody's; Postgres would refuse to compare it.
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
