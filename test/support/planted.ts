/**
 * Looks for planted secrets in everything that a run wrote. A text that is known to be there is looked for as well, so
 * that a search that sees nothing fails.
 */
import { expect } from 'vitest';
import { withClient } from '../../dev/embedded-postgres.ts';

/** The forms in which a text may hide in another. */
function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const base64 = bytes.toString('base64').replace(/=+$/, '');
  // The ends of base64 depend on what stands around it.
  const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);
  const form = new URLSearchParams({ '': secret }).toString().slice(1);
  const plain = [secret, inJson(secret), inJson(inJson(secret)), encodeURIComponent(secret), form];
  const odd = [
    inJson(secret).replaceAll('/', '\\/'),
    smallPercent(encodeURIComponent(secret)),
    inNumbers(secret),
  ];
  return [...plain, ...odd, bytes.toString('hex'), base64.slice(0, -2)];
}

/** As lower-case hex digits, which some encoders write. */
export function smallPercent(text: string): string {
  return text.replace(/%../g, (escape) => escape.toLowerCase());
}

/** As character references of HTML. */
export function inNumbers(text: string): string {
  return Array.from(text, (character) => `&#${character.charCodeAt(0)};`).join('');
}

/** @param present stands in the text, in one form or another. */
export function expectNone(
  of: Readonly<Record<string, string>>,
  where: string,
  text: string,
  present: string,
): void {
  const isIn = (secret: string): boolean => formsOf(secret).some((form) => text.includes(form));
  expect(isIn(present), `${where} has "${present}"`).toBe(true);
  const found = Object.entries(of).filter(([, secret]) => isIn(secret));
  expect(
    found.map(([name]) => name),
    `secrets in ${where}`,
  ).toEqual([]);
}

/** Every column of every table, as text; bytes in hexadecimal. */
export function dump(databaseUrl: string): Promise<string> {
  return withClient(databaseUrl, async (client) => {
    const tables = await client.query<{ name: string }>(
      `SELECT quote_ident(relname) AS name FROM pg_class
       WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')`,
    );
    const parts: string[] = [];
    for (const { name } of tables.rows) {
      const { rows } = await client.query<{ row: string }>(`SELECT to_jsonb(t)::text AS row FROM ${name} t`);
      parts.push(name, ...rows.map(({ row }) => row));
    }
    return parts.join('\n');
  });
}
