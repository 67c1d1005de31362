/** Names a member of a JSON document in a message: `['triggers', 0]` becomes `triggers[0]`. A long name is cut. Pure. */
const MAX_LENGTH = 200;

export function fieldName(path: readonly PropertyKey[]): string {
  const name = path.reduce<string>(
    (before, part) =>
      typeof part === 'number'
        ? `${before}[${part}]`
        : before === ''
          ? String(part)
          : `${before}.${String(part)}`,
    '',
  );
  return name.length > MAX_LENGTH ? `${name.slice(0, MAX_LENGTH)}…` : name;
}
