/**
 * Knows which methods each path has. So a wrong method is answered with 405 and `Allow`, not with 404. The router knows
 * this too, but offers no way to ask.
 */
export class RouteTable {
  readonly #methods = new Map<string, Set<string>>();

  /** @param path the router's pattern: `:name` stands for one segment, `*` for the rest. */
  add(path: string, methods: string | readonly string[]): void {
    const known = this.#methods.get(path) ?? new Set();
    for (const method of [methods].flat()) known.add(method);
    this.#methods.set(path, known);
  }

  /** The methods of a requested path. Empty if there is no such path. */
  methodsOf(path: string): string[] {
    const found = [...this.#methods].filter(([pattern]) => matches(pattern.split('/'), path.split('/')));
    return [...new Set(found.flatMap(([, methods]) => [...methods]))].sort();
  }
}

function matches(pattern: readonly string[], path: readonly string[]): boolean {
  if (pattern.at(-1) === '*') {
    return path.length >= pattern.length && matches(pattern.slice(0, -1), path.slice(0, pattern.length - 1));
  }
  return (
    pattern.length === path.length &&
    pattern.every((segment, at) => (segment.startsWith(':') ? path[at] !== '' : segment === path[at]))
  );
}
