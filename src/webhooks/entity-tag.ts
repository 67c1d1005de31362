/**
 * Conditional changes (RFC 9110 sections 8.8.3 and 13.1.1). The entity tag of a webhook is its version. A change is
 * refused if its `If-Match` header does not name this tag. Tags are compared strongly, so a weak tag never matches.
 */
import { Problem } from '../rest/problem.ts';

/**
 * One element of a list of tags, with the comma or the end of text after it. Elements may be empty (section 5.6.1). Each
 * match begins where the last one ended (`y`). So any list takes linear time, even a hostile one.
 */
const ELEMENT = /[ \t]*(?:(?<weak>W\/)?(?<tag>"[!#-~\u0080-\u00ff]*")[ \t]*)?(?<end>,|$)/y;

export function entityTag(version: number): string {
  return `"${version}"`;
}

/**
 * @param ifMatch the header as received. Undefined: there is no condition.
 * @throws Problem `malformed_request` if the header does not follow RFC 9110; `precondition_failed` if no tag matches.
 */
export function requireMatch(ifMatch: string | undefined, version: number): void {
  const tags = readTags(ifMatch);
  if (tags === '*' || tags.includes(entityTag(version))) return;
  throw new Problem(
    'precondition_failed',
    `If-Match names ${ifMatch?.trim()}, but the webhook is at ${entityTag(version)}. Read it again and repeat the change on the current version.`,
  );
}

/** @returns the strong tags of the header, or `*` if any version will do. */
export function readTags(ifMatch: string | undefined): '*' | string[] {
  if (ifMatch === undefined || ifMatch.trim() === '*') return '*';
  const elements = readElements(ifMatch);
  if (elements === null || elements.length === 0) {
    throw new Problem(
      'malformed_request',
      `If-Match must be * or a list of entity tags in double quotes, such as "3", but is ${ifMatch}`,
    );
  }
  return elements.filter(({ weak }) => !weak).map(({ tag }) => tag);
}

/** @returns null if the text is not a list of tags. */
function readElements(text: string): { tag: string; weak: boolean }[] | null {
  const elements: { tag: string; weak: boolean }[] = [];
  ELEMENT.lastIndex = 0;
  for (;;) {
    const found = ELEMENT.exec(text)?.groups;
    if (!found) return null;
    const { tag, weak, end } = found;
    if (tag !== undefined) elements.push({ tag, weak: weak !== undefined });
    if (end === '') return elements;
  }
}
