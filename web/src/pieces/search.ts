/** What views keep in the address: read with care, since an address may come from anywhere, and written without what is empty. */
export function isOneOf<Value extends string>(values: readonly Value[], value: unknown): value is Value {
  return values.some((one) => one === value);
}

/** Text of limited length; a number in the address was text before it was read. */
export function textOf(value: unknown, maxLength = 256): string | undefined {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  return text === '' ? undefined : text.slice(0, maxLength);
}

export function withoutEmpty<Search extends object>(search: Search): Search {
  const entries = Object.entries(search).filter(
    ([, value]) => value !== undefined && value !== '' && value !== false,
  );
  return Object.fromEntries(entries) as Search;
}
