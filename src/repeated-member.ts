/**
 * The first member name that an object of a JSON text has twice. Parsers disagree on which of the two counts, so what one
 * has checked another may read differently; such a text is refused.
 */
interface Level {
  /** Null: a list. */
  readonly names: Set<string> | null;
  /** Whether the next string of an object is the name of a member. */
  expectsName: boolean;
}

/** @param json a valid JSON text. @returns the name, or null. */
export function repeatedMember(json: string): string | null {
  const levels: Level[] = [];
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],]/g)) {
    const level = levels.at(-1);
    if (token === '{') levels.push({ names: new Set(), expectsName: true });
    else if (token === '[') levels.push({ names: null, expectsName: false });
    else if (token === '}' || token === ']') levels.pop();
    else if (token === ',' && level) level.expectsName = true;
    else if (level?.names && level.expectsName) {
      const name = JSON.parse(token) as string;
      if (level.names.has(name)) return name;
      level.names.add(name);
      level.expectsName = false;
    }
  }
  return null;
}
