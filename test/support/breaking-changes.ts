/**
 * What a migration must not do while instances of the release before still work on the schema, as far as the text of its
 * statements tells. Pure. Bodies of functions are not looked at: they are what happens later.
 */

interface Rule {
  readonly breaks: RegExp;
  readonly why: string;
}

const NEW_RULE = 'the release before does not keep to it';

const RULES: readonly Rule[] = [
  { breaks: /\bDROP\s+TABLE\b/i, why: 'the release before uses the table' },
  { breaks: /^\s*TRUNCATE\b/i, why: 'rows are lost' },
  { breaks: /^\s*DELETE\s+FROM\b/i, why: 'rows are lost' },
  { breaks: /\bDROP\s+COLUMN\b/i, why: 'the release before uses the column' },
  { breaks: /\bRENAME\b/i, why: 'the release before uses the old name' },
  {
    breaks: /\bALTER\s+COLUMN\s+\w+\s+(SET\s+DATA\s+)?TYPE\b/i,
    why: 'the release before writes the old type',
  },
  { breaks: /\bSET\s+NOT\s+NULL\b/i, why: 'the release before may write NULL' },
  { breaks: /\bDROP\s+DEFAULT\b/i, why: 'the release before does not name the column' },
  { breaks: /\bDROP\s+CONSTRAINT\s+\w+_(pkey|key)\b/i, why: 'ON CONFLICT of the release before needs it' },
  { breaks: /\bADD\s+(CONSTRAINT\s+\w+\s+)?(CHECK|UNIQUE|FOREIGN|EXCLUDE|PRIMARY)\b/i, why: NEW_RULE },
];

/**
 * @param all statements of the migration.
 * @returns what is wrong with one of them; nothing for one that is compatible.
 */
export function breakingChanges(statement: string, all: readonly string[] = [statement]): string[] {
  const text = statement.replaceAll(/\$\$[\s\S]*?\$\$/g, "''").replaceAll(/--.*$/gm, '');
  const makes = (kind: string, name: string): boolean =>
    all.some((one) =>
      new RegExp(`\\bCREATE\\s+((OR\\s+REPLACE|UNLOGGED)\\s+)?${kind}\\s+${name}\\b`, 'i').test(one),
    );
  const found = RULES.filter(({ breaks }) => breaks.test(text)).map(({ why }) => why);
  for (const column of text.split(/\bADD\s+COLUMN\b/i).slice(1)) {
    const [declared = ''] = column.split(/,\s*(?:ADD|ALTER|DROP)\b/i);
    if (/\bNOT\s+NULL\b/i.test(declared) && !/\b(DEFAULT|GENERATED)\b/i.test(declared))
      found.push('the release before does not fill the column');
  }
  for (const [, kind = '', name = ''] of text.matchAll(
    /\bDROP\s+(VIEW|FUNCTION)\s+(?:IF\s+EXISTS\s+)?(\w+)/gi,
  )) {
    if (!makes(kind, name)) found.push(`the release before uses the ${kind.toLowerCase()} ${name}`);
  }
  for (const [, table = ''] of text.matchAll(/\bCREATE\s+UNIQUE\s+INDEX\s+\w+\s+ON\s+(\w+)/gi)) {
    if (!makes('TABLE', table)) found.push(NEW_RULE);
  }
  return found;
}
