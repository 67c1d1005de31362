/**
 * Conditional changes (RFC 9110 sections 8.8.3 and 13.1.1): the entity tag of a webhook is its version, and a change
 * that names other tags in `If-Match` is refused. Tags are compared strongly, so a weak tag never matches.
 */
import { Problem } from '../rest/problem.ts';

/** `*`, or a list of tags in which empty elements are allowed (section 5.6.1). */
export const IF_MATCH_PATTERN =
  /^[ \t]*(?:\*|(?:,[ \t]*)*(?:W\/)?"[!#-~\u0080-\u00ff]*"(?:[ \t]*,[ \t]*(?:(?:W\/)?"[!#-~\u0080-\u00ff]*")?)*)[ \t]*$/;
const TAG = /(W\/)?"([!#-~\u0080-\u00ff]*)"/g;

export function entityTag(version: number): string {
  return `"${version}"`;
}

/**
 * @param ifMatch the header as it came; without one nothing is asked.
 * @throws Problem `malformed_request` for a header that is none of RFC 9110; `precondition_failed` when no tag matches.
 */
export function requireMatch(ifMatch: string | undefined, version: number): void {
  const tags = readTags(ifMatch);
  if (tags === '*' || tags.includes(entityTag(version))) return;
  throw new Problem(
    'precondition_failed',
    `If-Match names ${ifMatch?.trim()}, but the webhook is at ${entityTag(version)}. Read it again and repeat the change on what it is now.`,
  );
}

/** The strong tags of the header, or `*` when any version will do. */
export function readTags(ifMatch: string | undefined): '*' | string[] {
  if (ifMatch === undefined) return '*';
  if (!IF_MATCH_PATTERN.test(ifMatch)) {
    throw new Problem(
      'malformed_request',
      `If-Match must be * or a list of entity tags in double quotes, such as "3", but is ${ifMatch}`,
    );
  }
  if (ifMatch.trim() === '*') return '*';
  return [...ifMatch.matchAll(TAG)].filter(([, weak]) => weak === undefined).map(([, , tag]) => `"${tag}"`);
}
