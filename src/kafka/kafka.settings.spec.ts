/** Settings of the connection to Kafka: what contradicts itself is refused, what is weak is told. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SELF_SIGNED } from '../../test/support/self-signed.ts';
import { maskedSettings, readSettings, SettingsError, settingsWarnings } from '../config/read-settings.ts';
import { kafkaSettings } from './kafka.settings.ts';

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

const DECLARATIONS = [kafkaSettings];
const REQUIRED = { KAFKA_BROKERS: '127.0.0.1:9092' };
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
    readSettings(DECLARATIONS, { ...REQUIRED, ...environment });
  } catch (error) {
    if (error instanceof SettingsError) return error.faults;
    throw error;
  }
  return [];
}

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
      ['KAFKA_SASL_MECHANISM=scram-sha-256 does not use KAFKA_SASL_OAUTH_SCOPE'],
    ],
    [
      { KAFKA_SASL_MECHANISM: 'oauthbearer', ...LOGIN },
      [
        'KAFKA_SASL_MECHANISM=oauthbearer needs KAFKA_SASL_OAUTH_TOKEN_URL, KAFKA_SASL_OAUTH_CLIENT_ID and KAFKA_SASL_OAUTH_CLIENT_SECRET',
        'KAFKA_SASL_MECHANISM=oauthbearer does not use KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD',
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
  ])('%j', (environment, faults) => {
    expect(faultsOf(environment)).toEqual(faults);
  });
});

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
  const settings = readSettings(DECLARATIONS, { ...REQUIRED, ...SSL, ...OAUTH });
  expect(JSON.stringify(maskedSettings(DECLARATIONS, settings))).not.toContain('pa55word');
  const faults = faultsOf({ ...OAUTH, ...LOGIN });
  expect(faults).not.toEqual([]);
  expect(faults.join()).not.toContain('pa55word');
});

it.each<[Record<string, string>, string]>([
  [
    { KAFKA_SASL_MECHANISM: 'plain', ...LOGIN },
    'KAFKA_SASL_MECHANISM=plain without KAFKA_SSL=true sends the password',
  ],
  [OAUTH, 'KAFKA_SASL_MECHANISM=oauthbearer without KAFKA_SSL=true sends the token'],
])('a weak setting is told: %j', (environment, warning) => {
  const warnings = settingsWarnings(
    DECLARATIONS,
    readSettings(DECLARATIONS, { ...REQUIRED, ...environment }),
  );
  expect(warnings).toEqual([expect.stringContaining(warning)]);
});
