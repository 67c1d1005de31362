/**
 * Which methods each path has, so that a wrong method is answered with 405 and `Allow` instead of 404. The router
 * knows, but does not tell.
 */
export class RouteTable {
  readonly #methods = new Map<string, Set<string>>();

  /** @param path as the router takes it: `:name` stands for one segment, `*` for the rest. */
  add(path: string, methods: string | readonly string[]): void {
    const known = this.#methods.get(path) ?? new Set();
    for (const method of [methods].flat()) known.add(method);
    this.#methods.set(path, known);
  }

  /** The methods of a requested path; none when there is no such path. */
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
