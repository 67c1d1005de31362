/** Reads the documents of the repository for the tests that compare them with the code. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');

/** @param path from the root of the repository. */
export function readDocument(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

export function readJson(path: string): unknown {
  return JSON.parse(readDocument(path));
}

/** Paths, from the root, of all files below a directory. */
export function filesBelow(directory: string): string[] {
  return readdirSync(join(ROOT, directory), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1))
    .sort();
}

/** What stands below one heading of a Markdown document, up to the next heading. */
export class Chapter {
  readonly #text: string;

  constructor(
    document: string,
    private readonly heading: string,
  ) {
    const parts = document.replaceAll(/^```[^]*?^```$/gm, escapeHashes).split(/^(?=#+ )/m);
    const part = parts.find((text) => text.startsWith(`${heading}\n`));
    if (part === undefined) throw new Error(`there is no heading "${heading}"`);
    this.#text = part.slice(heading.length).trim();
  }

  /** The rows of the table with these column names, each a list of cells. */
  table(...columns: string[]): string[][] {
    const tables = this.#text.split('\n\n').filter((block) => block.startsWith('|'));
    const rows = tables.map((table) => table.trim().split('\n').map(cells));
    const found = rows.filter(([head]) => head?.join() === columns.join());
    if (found.length !== 1)
      throw new Error(`"${this.heading}" has ${found.length} tables of ${columns.join(', ')}`);
    return found[0]?.slice(2) ?? [];
  }

  /** Every block of JSON, parsed. */
  json(): unknown[] {
    return [...this.#text.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(
      ([, json = '']) => JSON.parse(json) as unknown,
    );
  }
}

function cells(row: string): string[] {
  return row
    .slice(1, row.lastIndexOf('|'))
    .split(' | ')
    .map((cell) => cell.trim());
}

/** A comment in a block of code is no heading. */
function escapeHashes(block: string): string {
  return block.replaceAll(/^#/gm, ' #');
}

/** What stands in backticks in a cell. */
export function code(cell: string | undefined): string[] {
  return [...(cell ?? '').matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);
}

/** The names in backticks of a table's first column. */
export function names(rows: string[][]): string[] {
  return rows.flatMap(([cell]) => code(cell));
}
