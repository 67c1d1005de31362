/** The TLS parameters of `DATABASE_URL`: contradictions are refused, weak ones cause a warning, the driver gets the rest. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SELF_SIGNED } from '../../test/support/self-signed.ts';
import { databaseConnection } from './database-url.ts';
import { databaseSettings } from './database.settings.ts';
import { maskedSettings, readSettings, SettingsError, settingsWarnings } from './read-settings.ts';

const directory = mkdtempSync(join(tmpdir(), 'user-webhooks-pem-'));
const CERT = join(directory, 'cert.pem');
const KEY = join(directory, 'key.pem');
const NOWHERE = join(directory, 'nowhere.pem');

beforeAll(() => {
  writeFileSync(CERT, SELF_SIGNED.cert);
  writeFileSync(KEY, SELF_SIGNED.key);
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

const DECLARATIONS = [databaseSettings];
const URL_WITHOUT_TLS = 'postgres://user:pa55word@localhost:5432/app';

const withDatabase = (query: string): Record<string, string> => ({
  DATABASE_URL: `${URL_WITHOUT_TLS}?${query}`,
});

function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    readSettings(DECLARATIONS, environment);
  } catch (error) {
    if (error instanceof SettingsError) return error.faults;
    throw error;
  }
  return [];
}

describe('parameters that agree', () => {
  it.each([
    withDatabase('sslmode=disable'),
    withDatabase(`sslmode=verify-full&sslrootcert=${CERT}&sslcert=${CERT}&sslkey=${KEY}`),
    withDatabase('sslmode=prefer&uselibpqcompat=true'),
  ])('%j', (environment) => {
    expect(faultsOf(environment)).toEqual([]);
  });
});

describe('parameters that contradict each other, and files that cannot be used, are refused', () => {
  it.each<[Record<string, string>, string[]]>([
    [
      withDatabase(`sslmode=disable&sslrootcert=${CERT}`),
      ['DATABASE_URL must have no sslrootcert, sslcert or sslkey with sslmode=disable'],
    ],
    [
      withDatabase('sslmode=verify-ca&uselibpqcompat=true'),
      ['DATABASE_URL must have an sslrootcert with sslmode=verify-ca and uselibpqcompat=true'],
    ],
    [
      withDatabase(`sslmode=prefer&sslcert=${CERT}`),
      [
        'DATABASE_URL must have an sslmode of disable, require, verify-ca, verify-full, no-verify, but it is "prefer"',
        'DATABASE_URL must have sslcert and sslkey together',
      ],
    ],
    [
      withDatabase(`sslmode=verify-full&sslrootcert=${NOWHERE}`),
      [
        `DATABASE_URL has a fault: sslrootcert must name a PEM file of certificates, but "${NOWHERE}" cannot be read (ENOENT)`,
      ],
    ],
  ])('%j', (environment, faults) => {
    expect(faultsOf(environment)).toEqual(faults);
  });
});

it.each([
  'ssl=no-verify',
  'ssl=foo',
  'ssl=false',
  'ssl=0',
  'ssl=true',
  'ssl=',
  'sslmode=verify-full&ssl=no-verify',
])(
  'the parameter ssl of DATABASE_URL, of which the driver takes any word for yes, is refused: %s',
  (query) => {
    expect(faultsOf(withDatabase(query))).toEqual([
      'DATABASE_URL must have no ssl parameter: use sslmode=verify-full for TLS, sslmode=disable for none',
    ]);
  },
);

it('no secret of it is in a fault or in the start-up summary', () => {
  const settings = readSettings(DECLARATIONS, withDatabase('sslmode=no-verify'));
  expect(JSON.stringify(maskedSettings(DECLARATIONS, settings))).not.toContain('pa55word');
  expect(faultsOf(withDatabase('sslmode=pa55')).join()).not.toContain('pa55word');
});

it('TLS that checks no certificate is told', () => {
  const settings = readSettings(DECLARATIONS, withDatabase('sslmode=no-verify'));
  expect(settingsWarnings(DECLARATIONS, settings)).toEqual([
    expect.stringContaining('DATABASE_URL uses TLS but does not check the certificate'),
  ]);
});

describe('the connection to the database', () => {
  it('is as given and without TLS when it says nothing of it: pg took PGSSLMODE from the environment', () => {
    const connectionString = URL_WITHOUT_TLS;
    expect(databaseConnection(connectionString)).toEqual({ connectionString, ssl: false });
  });

  it('has its parameters of TLS as options, and all others where they were', () => {
    const url = `${URL_WITHOUT_TLS}?sslmode=require&options=-c%20x%3D1&sslrootcert=${CERT}`;
    expect(databaseConnection(url)).toEqual({
      connectionString: `${URL_WITHOUT_TLS}?options=-c+x%3D1`,
      ssl: { ca: SELF_SIGNED.cert, rejectUnauthorized: true },
    });
    expect(databaseConnection(`${URL_WITHOUT_TLS}?sslmode=disable`).ssl).toBe(false);
    expect(databaseConnection(`${URL_WITHOUT_TLS}?sslmode=no-verify`).ssl).toEqual({
      rejectUnauthorized: false,
    });
  });
});
