/** Every room's settings are read, and the tables of docs/settings.md and `.env.example` say what the code says. */
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { joinedShape } from '../../src/config/read-settings.ts';
import { DECLARATIONS } from '../../src/settings.ts';
import { Chapter, code, filesBelow, readDocument } from './documents.ts';

const SETTINGS: [string, z.ZodType][] = Object.entries(joinedShape(DECLARATIONS)) as [string, z.ZodType][];

/** A default as people write it, or that there is none. */
function expectDefault(name: string, schema: z.ZodType, written: string | null): void {
  const missing = schema.safeParse(undefined);
  const empty = !missing.success || missing.data === undefined || isEmptyList(missing.data);
  if (written === null) expect(empty, `${name} has a default`).toBe(true);
  else expect(schema.parse(written), `default of ${name}`).toEqual(missing.data);
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

describe('the settings that the rooms declare', () => {
  it('are all in the list of src/settings.ts', async () => {
    const files = filesBelow('src').filter((file) => file.endsWith('.settings.ts'));
    const declared = await Promise.all(
      files.map(async (file) => Object.values((await import(`../../${file}`)) as Record<string, unknown>)),
    );
    expect(declared.map(({ length }) => length)).toEqual(files.map(() => 1));
    expect(new Set(declared.flat())).toEqual(new Set(DECLARATIONS));
  });

  it('are each declared once', () => {
    expect(DECLARATIONS.flatMap(({ shape }) => Object.keys(shape))).toEqual(SETTINGS.map(([name]) => name));
  });
});

describe('the table of docs/settings.md', () => {
  const rows = new Chapter(readDocument('docs/settings.md'), '## All settings').table(
    'name',
    'default',
    'meaning',
  );

  it('has every setting, in order, with its meaning', () => {
    expect(rows.map(([name, , meaning]) => [name, meaning])).toEqual(
      SETTINGS.map(([name, schema]) => [`\`${name}\``, schema.description]),
    );
  });

  it.each(SETTINGS)('has the default of %s', (name, schema) => {
    const [, cell] = rows.find(([first]) => first === `\`${name}\``) ?? [];
    const required = !schema.safeParse(undefined).success;
    if (required || cell === 'required') expect([cell, required]).toEqual(['required', true]);
    else expectDefault(name, schema, cell === 'none' ? null : (code(cell)[0] ?? ''));
  });
});

describe('the settings of npm start', () => {
  const chapter = new Chapter(readDocument('docs/settings.md'), '## Settings of `npm start`');
  const rows = chapter
    .table('name', 'default', 'meaning')
    .map(([name, value]) => [code(name)[0], code(value)[0]]);

  it('have the defaults that docs/settings.md names', () => {
    const script = `import { readDevSettings } from ${JSON.stringify(devSettingsModule())};
      console.log(JSON.stringify(readDevSettings()));`;
    // In a directory without .env, and without anything that is set here.
    const options = { cwd: tmpdir(), env: {}, encoding: 'utf8' } as const;
    const json = execFileSync(process.execPath, ['--input-type=module', '-e', script], options);
    const settings = JSON.parse(json) as Record<string, unknown> & { environment: Record<string, string> };
    expect(rows).toEqual([
      ['EMBEDDED_KAFKA_PORT', String(settings['embeddedKafkaPort'])],
      ['EMBEDDED_POSTGRES_PORT', String(settings['embeddedPostgresPort'])],
      ['DATA_DIR', String(settings['dataDir']).slice(tmpdir().length + 1)],
    ]);
    const document = readDocument('docs/settings.md');
    expect(document).toContain(`CREATE_TOPICS=${settings.environment['CREATE_TOPICS'] ?? ''}`);
    expect(document).toContain(`ALLOWED_SUBNETS=${settings.environment['ALLOWED_SUBNETS'] ?? ''}`);
  });

  it('stand in .env.example, after those of the service', () => {
    const examples = readExamples().slice(SETTINGS.length);
    expect(examples.map(({ name, value }) => [name, value])).toEqual(rows);
  });
});

describe('.env.example', () => {
  const examples = readExamples();

  it('sets nothing', () => {
    expect(
      readDocument('.env.example')
        .split('\n')
        .filter((line) => !/^(#|$)/.test(line)),
    ).toEqual([]);
  });

  it('has every setting, in order, with its meaning', () => {
    expect(examples.slice(0, SETTINGS.length).map(({ name, meaning }) => [name, meaning])).toEqual(
      SETTINGS.map(([name, schema]) => [
        name,
        `${(schema.description ?? '').replaceAll('`', '')}${schema.safeParse(undefined).success ? '' : ' (required in production)'}`,
      ]),
    );
  });

  it.each(SETTINGS)('has the default of %s', (name, schema) => {
    const value = examples.find((example) => example.name === name)?.value;
    expectDefault(name, schema, value === '' ? null : (value ?? ''));
  });
});

function readExamples(): { name: string; value: string; meaning: string }[] {
  return [...readDocument('.env.example').matchAll(/^# (.+)\n#([A-Z_]+)=(.*)$/gm)].map(
    ([, meaning = '', name = '', value = '']) => ({ name, value, meaning }),
  );
}

function devSettingsModule(): string {
  return new URL('../../dev/dev-settings.ts', import.meta.url).href;
}
