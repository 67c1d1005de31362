/** The rooms that docs/architecture.md lists are those of the code, with what each may import. */
import { describe, expect, it } from 'vitest';
import { MAY_IMPORT } from '../../rooms.config.ts';
import { Chapter, code, filesBelow, readDocument } from './documents.ts';

describe('Rooms of the code', () => {
  it('has every room of src/, with what it may import', () => {
    const rooms = [...new Set(filesBelow('src').flatMap((file) => /^src\/([\w-]+)\//.exec(file)?.[1] ?? []))];
    const architecture = readDocument('docs/architecture.md');
    const rows = new Chapter(architecture, '## Rooms').table('room', 'owns', 'may import');
    const documented = rows.map(([room, , imports]) => [code(room)[0] ?? '', code(imports)] as const);
    expect(Object.fromEntries(documented)).toEqual(MAY_IMPORT);
    expect(Object.keys(MAY_IMPORT).toSorted()).toEqual(rooms.toSorted());
  });

  it.each(Object.entries(MAY_IMPORT))('%s uses each room that it may import', (room, allowed) => {
    const sources = filesBelow(`src/${room}`).filter((file) => !file.endsWith('.spec.ts'));
    const text = sources.map(readDocument).join('\n');
    const used = new Set([...text.matchAll(/from '(?:\.\.\/)+([\w-]+)\//g)].map(([, name]) => name));
    expect(allowed.filter((name) => !used.has(name))).toEqual([]);
  });
});
