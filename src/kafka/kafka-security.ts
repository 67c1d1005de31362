/**
 * The settings of TLS and SASL for Kafka, as a part of Kafka's settings. It finds settings that contradict each other, files
 * that cannot be used, and secrets that would travel in the clear.
 */
import { z } from 'zod';
import { isHttpsOrLoopback } from '../config/secure-url.ts';
import { flag } from '../config/setting-values.ts';
import type { SettingsOf } from '../config/settings-declaration.ts';
import { tlsFileFaults } from '../config/tls-files.ts';

const FILES = { ca: 'KAFKA_SSL_CA', cert: 'KAFKA_SSL_CERT', key: 'KAFKA_SSL_KEY' } as const;
const PASSWORD = ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'] as const;
const OAUTH = [
  'KAFKA_SASL_OAUTH_TOKEN_URL',
  'KAFKA_SASL_OAUTH_CLIENT_ID',
  'KAFKA_SASL_OAUTH_CLIENT_SECRET',
] as const;
const OPTIONAL_OF_OAUTH = ['KAFKA_SASL_OAUTH_SCOPE'] as const;

/** The client secret is sent to this URL, so it must be https. */
const tokenUrl = z
  .string()
  .refine(
    (text) => isHttpsOrLoopback(text) && URL.parse(text)?.username === '',
    'must be an https:// URL without user and password; http:// is only for loopback',
  );

const shape = {
  KAFKA_SSL: flag.default(false).describe('Connect to the brokers with TLS'),
  KAFKA_SSL_CA: z
    .string()
    .min(1)
    .optional()
    .describe("File with the brokers' certificate authority (PEM); default: Node's list"),
  KAFKA_SSL_CERT: z
    .string()
    .min(1)
    .optional()
    .describe('File with the client certificate (PEM), for mutual TLS'),
  KAFKA_SSL_KEY: z.string().min(1).optional().describe('File with the key of the client certificate (PEM)'),
  KAFKA_SASL_MECHANISM: z
    .enum(
      ['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer'],
      'must be plain, scram-sha-256, scram-sha-512 or oauthbearer',
    )
    .optional()
    .describe('`plain`, `scram-sha-256`, `scram-sha-512` or `oauthbearer`; without it no SASL'),
  KAFKA_SASL_USERNAME: z
    .string()
    .min(1)
    .optional()
    .describe('User name, for all mechanisms but `oauthbearer`'),
  KAFKA_SASL_PASSWORD: z.string().min(1).optional().meta({
    description: 'Password, for all mechanisms but `oauthbearer`',
    secret: true,
  }),
  KAFKA_SASL_OAUTH_TOKEN_URL: tokenUrl
    .optional()
    .describe('Token endpoint for `oauthbearer` (client credentials grant); `https`, or `http` to loopback'),
  KAFKA_SASL_OAUTH_CLIENT_ID: z.string().min(1).optional().describe('Client id at the token endpoint'),
  KAFKA_SASL_OAUTH_CLIENT_SECRET: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'Client secret at the token endpoint', secret: true }),
  KAFKA_SASL_OAUTH_SCOPE: z
    .string()
    .min(1)
    .optional()
    .describe('Scopes to ask the token endpoint for, separated by spaces'),
};

type KafkaSecuritySettings = SettingsOf<typeof shape>;
type Name = keyof KafkaSecuritySettings;

export const kafkaSecurity = {
  shape,
  faults: (settings: KafkaSecuritySettings): string[] => [...tlsFaults(settings), ...saslFaults(settings)],
  warnings: securityWarnings,
};

function tlsFaults(settings: KafkaSecuritySettings): string[] {
  const faults: string[] = [];
  const given = namesGiven(settings, Object.values(FILES));
  if (given.length > 0 && !settings.KAFKA_SSL) {
    faults.push(`${listed(given)} ${given.length === 1 ? 'needs' : 'need'} KAFKA_SSL=true`);
  }
  if ((settings.KAFKA_SSL_CERT === undefined) !== (settings.KAFKA_SSL_KEY === undefined)) {
    faults.push('KAFKA_SSL_CERT and KAFKA_SSL_KEY must be given together');
  }
  const files = { ca: settings.KAFKA_SSL_CA, cert: settings.KAFKA_SSL_CERT, key: settings.KAFKA_SSL_KEY };
  return [...faults, ...tlsFileFaults(files, FILES)];
}

function saslFaults(settings: KafkaSecuritySettings): string[] {
  const mechanism = settings.KAFKA_SASL_MECHANISM;
  if (mechanism === undefined) {
    const useless = namesGiven(settings, [...PASSWORD, ...OAUTH, ...OPTIONAL_OF_OAUTH]);
    return useless.length === 0 ? [] : [`KAFKA_SASL_MECHANISM must be given with ${listed(useless)}`];
  }
  const [needed, foreign]: [readonly Name[], readonly Name[]] =
    mechanism === 'oauthbearer' ? [OAUTH, PASSWORD] : [PASSWORD, [...OAUTH, ...OPTIONAL_OF_OAUTH]];
  const faults: string[] = [];
  const missing = needed.filter((name) => settings[name] === undefined);
  if (missing.length > 0) faults.push(`KAFKA_SASL_MECHANISM=${mechanism} needs ${listed(missing)}`);
  const useless = namesGiven(settings, foreign);
  if (useless.length > 0) faults.push(`KAFKA_SASL_MECHANISM=${mechanism} does not use ${listed(useless)}`);
  return faults;
}

function namesGiven(settings: KafkaSecuritySettings, names: readonly Name[]): Name[] {
  return names.filter((name) => settings[name] !== undefined);
}

function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

function securityWarnings(settings: KafkaSecuritySettings): string[] {
  const mechanism = settings.KAFKA_SASL_MECHANISM;
  if (settings.KAFKA_SSL || (mechanism !== 'plain' && mechanism !== 'oauthbearer')) return [];
  const secret = mechanism === 'plain' ? 'the password' : 'the token';
  return [
    `KAFKA_SASL_MECHANISM=${mechanism} without KAFKA_SSL=true sends ${secret} over the network in the clear`,
  ];
}
