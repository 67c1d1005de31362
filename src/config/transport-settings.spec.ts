/** Settings of the connections to Kafka and Postgres: what contradicts itself is refused, what is weak is told. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REQUIRED_SETTINGS } from '../../test/contracts/samples.ts';
import { SELF_SIGNED } from '../../test/support/self-signed.ts';
import { databaseConnection } from './database-url.ts';
import { maskedSettings, readSettings, SettingsError } from './read-settings.ts';
import { settingsWarnings } from './settings-warnings.ts';
import { tlsTrouble } from './tls-trouble.ts';

const directory = mkdtempSync(join(tmpdir(), 'user-webhooks-pem-'));
const CERT = join(directory, 'cert.pem');
const KEY = join(directory, 'key.pem');
const NO_PEM = join(directory, 'no.pem');
const NOWHERE = join(directory, 'nowhere.pem');

beforeAll(() => {
  writeFileSync(CERT, SELF_SIGNED.cert);
  writeFileSync(KEY, SELF_SIGNED.key);
  writeFileSync(NO_PEM, 'pa55word');
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

const REQUIRED = { ...REQUIRED_SETTINGS, DATABASE_URL: 'postgres://user:pa55word@localhost:5432/app' };
const SSL = { KAFKA_SSL: 'true' };
const LOGIN = { KAFKA_SASL_USERNAME: 'u', KAFKA_SASL_PASSWORD: 'pa55word' };
const OAUTH = {
  KAFKA_SASL_MECHANISM: 'oauthbearer',
  KAFKA_SASL_OAUTH_TOKEN_URL: 'https://idp.example/token',
  KAFKA_SASL_OAUTH_CLIENT_ID: 'c',
  KAFKA_SASL_OAUTH_CLIENT_SECRET: 'pa55word',
};

function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    readSettings({ ...REQUIRED, ...environment });
  } catch (error) {
    if (error instanceof SettingsError) return error.faults;
    throw error;
  }
  return [];
}

const withDatabase = (query: string): Record<string, string> => ({
  DATABASE_URL: `${REQUIRED.DATABASE_URL}?${query}`,
});

describe('settings that agree', () => {
  it.each([
    { ...SSL, KAFKA_SSL_CA: CERT },
    { ...SSL, KAFKA_SSL_CERT: CERT, KAFKA_SSL_KEY: KEY },
    { ...SSL, KAFKA_SASL_MECHANISM: 'scram-sha-512', ...LOGIN },
    { ...SSL, ...OAUTH },
    {
      ...SSL,
      ...OAUTH,
      KAFKA_SASL_OAUTH_TOKEN_URL: 'http://127.0.0.1:8080/token',
      KAFKA_SASL_OAUTH_SCOPE: 'a',
    },
    withDatabase('sslmode=disable'),
    withDatabase(`sslmode=verify-full&sslrootcert=${CERT}&sslcert=${CERT}&sslkey=${KEY}`),
    withDatabase('sslmode=prefer&uselibpqcompat=true'),
  ])('%j', (environment) => {
    expect(faultsOf(environment)).toEqual([]);
  });
});

describe('settings that contradict each other are refused', () => {
  it.each<[Record<string, string>, string[]]>([
    [LOGIN, ['KAFKA_SASL_MECHANISM must be given with KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD']],
    [{ KAFKA_SASL_OAUTH_SCOPE: 's' }, ['KAFKA_SASL_MECHANISM must be given with KAFKA_SASL_OAUTH_SCOPE']],
    [
      { KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_PASSWORD: 'pa55word' },
      ['KAFKA_SASL_MECHANISM=plain needs KAFKA_SASL_USERNAME'],
    ],
    [
      { KAFKA_SASL_MECHANISM: 'scram-sha-256', ...LOGIN, KAFKA_SASL_OAUTH_SCOPE: 's' },
      ['KAFKA_SASL_MECHANISM=scram-sha-256 has no use for KAFKA_SASL_OAUTH_SCOPE'],
    ],
    [
      { KAFKA_SASL_MECHANISM: 'oauthbearer', ...LOGIN },
      [
        'KAFKA_SASL_MECHANISM=oauthbearer needs KAFKA_SASL_OAUTH_TOKEN_URL, KAFKA_SASL_OAUTH_CLIENT_ID and KAFKA_SASL_OAUTH_CLIENT_SECRET',
        'KAFKA_SASL_MECHANISM=oauthbearer has no use for KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD',
      ],
    ],
    [{ KAFKA_SSL_CA: CERT }, ['KAFKA_SSL_CA needs KAFKA_SSL=true']],
    [
      { KAFKA_SSL_CA: CERT, KAFKA_SSL_CERT: CERT, KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'u' },
      [
        'KAFKA_SSL_CA and KAFKA_SSL_CERT need KAFKA_SSL=true',
        'KAFKA_SSL_CERT and KAFKA_SSL_KEY must be given together',
        'KAFKA_SASL_MECHANISM=plain needs KAFKA_SASL_PASSWORD',
      ],
    ],
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

describe('files that cannot be used are refused', () => {
  it.each<[Record<string, string>, string]>([
    [
      { ...SSL, KAFKA_SSL_CA: NOWHERE },
      `KAFKA_SSL_CA must name a PEM file of certificates, but "${NOWHERE}" cannot be read (ENOENT)`,
    ],
    [
      { ...SSL, KAFKA_SSL_CA: NO_PEM },
      `KAFKA_SSL_CA must name a PEM file of certificates, but "${NO_PEM}" is not a PEM file of certificates`,
    ],
    [
      { ...SSL, KAFKA_SSL_CERT: CERT, KAFKA_SSL_KEY: CERT },
      `KAFKA_SSL_KEY must name a PEM file of a private key without a passphrase, but "${CERT}" is not a PEM file of a private key without a passphrase`,
    ],
    [
      withDatabase(`sslmode=verify-full&sslrootcert=${NOWHERE}`),
      `DATABASE_URL has a fault: sslrootcert must name a PEM file of certificates, but "${NOWHERE}" cannot be read (ENOENT)`,
    ],
  ])('%j', (environment, fault) => {
    expect(faultsOf(environment)).toEqual([fault]);
  });

  it('such as a key of another certificate', () => {
    const other = join(directory, 'other.pem');
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    writeFileSync(other, privateKey.export({ type: 'pkcs8', format: 'pem' }));
    expect(faultsOf({ ...SSL, KAFKA_SSL_CERT: CERT, KAFKA_SSL_KEY: other })).toEqual([
      'KAFKA_SSL_KEY is not the key of the certificate in KAFKA_SSL_CERT',
    ]);
  });
});

it.each(['http://idp.example/token', 'https://u:pa55word@idp.example/', 'http://127.0.0.1.example/', 'idp'])(
  'a token endpoint is reached over TLS, or on this machine: not %s',
  (url) => {
    expect(faultsOf({ ...SSL, ...OAUTH, KAFKA_SASL_OAUTH_TOKEN_URL: url })[0]).toContain(
      'KAFKA_SASL_OAUTH_TOKEN_URL must be an https:// URL without user and password; http:// is only for loopback',
    );
  },
);

it('no secret of them is in a fault or in the start-up summary', () => {
  const given = { ...SSL, ...OAUTH, ...withDatabase('sslmode=no-verify') };
  expect(JSON.stringify(maskedSettings(readSettings({ ...REQUIRED, ...given })))).not.toContain('pa55word');
  expect(faultsOf({ ...OAUTH, ...LOGIN, ...withDatabase('sslmode=pa55') }).join()).not.toContain('pa55word');
});

it.each<[Record<string, string>, string]>([
  [
    { KAFKA_SASL_MECHANISM: 'plain', ...LOGIN },
    'KAFKA_SASL_MECHANISM=plain without KAFKA_SSL=true sends the password',
  ],
  [OAUTH, 'KAFKA_SASL_MECHANISM=oauthbearer without KAFKA_SSL=true sends the token'],
  [withDatabase('sslmode=no-verify'), 'DATABASE_URL has TLS that checks no certificate'],
])('a weak setting is told: %j', (environment, warning) => {
  const warnings = settingsWarnings(readSettings({ ...REQUIRED, ...environment }));
  expect(warnings).toEqual([expect.stringContaining(warning)]);
});

describe('the connection to the database', () => {
  it('is as given and without TLS when it says nothing of it: pg took PGSSLMODE from the environment', () => {
    const connectionString = REQUIRED.DATABASE_URL;
    expect(databaseConnection(connectionString)).toEqual({ connectionString, ssl: false });
  });

  it('has its parameters of TLS as options, and all others where they were', () => {
    const url = `${REQUIRED.DATABASE_URL}?sslmode=require&options=-c%20x%3D1&sslrootcert=${CERT}`;
    expect(databaseConnection(url)).toEqual({
      connectionString: `${REQUIRED.DATABASE_URL}?options=-c+x%3D1`,
      ssl: { ca: SELF_SIGNED.cert },
    });
    expect(databaseConnection(`${REQUIRED.DATABASE_URL}?sslmode=disable`).ssl).toBe(false);
  });
});

describe('trouble of TLS', () => {
  const peer = { name: 'the peer', ca: 'CA', host: 'HOST', cert: 'CERT', off: 'OFF' };

  it.each([
    ['SELF_SIGNED_CERT_IN_CHAIN', 'name its authority in CA'],
    ['CERT_HAS_EXPIRED', 'has expired or is not valid yet: renew it'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'is for another host: use a name that stands in it in HOST'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'asks for a client certificate that it trusts: set CERT'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'does not speak TLS there: correct HOST, or set OFF'],
  ])('%s says what to do', (code, sentence) => {
    expect(tlsTrouble(code, peer)).toContain(sentence);
  });

  it('is not what the network does', () => {
    expect(tlsTrouble('ECONNREFUSED', peer)).toBeNull();
  });
});
