/**
 * Finds three things in a JSON text that the service does not accept. A member name that occurs twice in one object: parsers
 * disagree on which of them counts. Deep nesting, and very many values: both are expensive to check. Why no library does
 * this: docs/decisions/0012.
 */
const MAX_DEPTH = 16;
/** Beside each other. If all are wrong, to say so of more of them would hold up everything else. */
const MAX_VALUES = 10_000;
const MAX_SHOWN = 100;

interface Level {
  /** The member names seen so far in an object; null for a list. */
  readonly names: Set<string> | null;
  /** Whether the next string is the name of a member. */
  expectsName: boolean;
}

/** @param json must be valid JSON. @returns what is wrong with it, or null. */
export function jsonFault(json: string): string | null {
  const levels: Level[] = [];
  let values = 0;
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],]/g)) {
    const level = levels.at(-1);
    if (levels.length > MAX_DEPTH) return `is nested deeper than ${MAX_DEPTH} levels`;
    if (token === '{') levels.push({ names: new Set(), expectsName: true });
    else if (token === '[') levels.push({ names: null, expectsName: false });
    else if (token === '}' || token === ']') levels.pop();
    else if (token === ',' && level) {
      values += 1;
      if (values > MAX_VALUES) return `has more than ${MAX_VALUES} values`;
      level.expectsName = true;
    } else if (level?.names && level.expectsName) {
      const name = JSON.parse(token) as string;
      if (level.names.has(name)) return `has the member ${shortened(name)} twice`;
      level.names.add(name);
      level.expectsName = false;
    }
  }
  return null;
}

/** Shortens a name, which may be as long as the body. */
function shortened(name: string): string {
  return JSON.stringify(name.length > MAX_SHOWN ? `${name.slice(0, MAX_SHOWN)}…` : name);
}
