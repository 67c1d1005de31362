/**
 * JSON merge patch (RFC 7396) for a webhook. A member in the patch replaces the old one. `null` removes it, so that it gets
 * its default again; for the secret token, `null` is kept and removes the token.
 *
 * Custom headers are merged name by name. Their names are case-insensitive.
 */
type Document = Readonly<Record<string, unknown>>;

export function mergePatch(document: Document, patch: Document): Record<string, unknown> {
  const merged = new Map(Object.entries(document));
  for (const [name, value] of Object.entries(patch)) {
    if (name === 'secret_token') merged.set(name, value);
    else if (value === null) merged.delete(name);
    else if (name === 'headers')
      merged.set(name, mergeHeaders(merged.get(name) as Document, value as Document));
    else merged.set(name, value);
  }
  return Object.fromEntries(merged);
}

function mergeHeaders(current: Document, patch: Document): Record<string, unknown> {
  const replaced = new Set(Object.keys(patch).map((name) => name.toLowerCase()));
  return Object.fromEntries([
    ...Object.entries(current).filter(([name]) => !replaced.has(name.toLowerCase())),
    ...Object.entries(patch).filter(([, value]) => value !== null),
  ]);
}
