/**
 * Every setting of the service: its name in the environment, its default, what it means and what it must look like.
 *
 * This is the only list. The README's table and `.env.example` are compared with it by tests, and
 * `read-settings.ts` is the only reader of the environment. A setting that is in this list does something.
 */
import { z } from 'zod';
import { apiTokensFile, token } from './api-tokens.ts';
import { databaseUrlFaults } from './database-url.ts';
import { durationSchema, scheduleSchema } from './duration.ts';
import { encryptionKeys } from './encryption-keys.ts';
import { isHttpsOrLoopback } from './secure-url.ts';
import { subnet, trustedSubnet } from './subnets.ts';

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .pipe(
      z
        .number()
        .min(min, `must be a whole number from ${min} to ${max}`)
        .max(max, `must be a whole number from ${min} to ${max}`),
    );

const flag = z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true');

const topic = z
  .string()
  .regex(/^[a-zA-Z0-9._-]{1,249}$/, 'must be a Kafka topic name: 1 to 249 letters, digits, ".", "_" or "-"');

const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

const brokers = list.pipe(
  z
    .array(z.string().regex(/^[^\s:]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/, 'must be host:port'))
    .min(1, 'must name at least one broker as host:port'),
);

/** Keys that anybody on the way could exchange make any token valid. */
const issuer = z
  .url('must be a URL')
  .refine(isHttpsOrLoopback, 'must begin with https://; http:// is for loopback only')
  .refine((text) => !/[?#]|\/\/[^/]*@/.test(text), 'must have no user, query or fragment');

/** A secret is sent there. */
const tokenUrl = z
  .string()
  .refine(
    (text) => isHttpsOrLoopback(text) && URL.parse(text)?.username === '',
    'must be an https:// URL without user and password; http:// is only for loopback',
  );

const proxy = z
  .url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL of a proxy', abort: true })
  .refine(
    isBareOrigin,
    'must be no more than http:// or https://, user name and password if the proxy asks for them (percent-encoded), host and port',
  );

/** The environment's shape. Order is the order of README's table; `meta.secret` values are never printed. */
export const settingsSchema = z.object({
  HOST: z.string().min(1).default('127.0.0.1').describe('Address the HTTP server listens on'),
  PORT: wholeNumber(0, 65_535)
    .default(3_000)
    .describe('Port of REST, health and documentation; 0 takes a free one'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// or postgresql:// URL', abort: true })
    .superRefine((url, context) => {
      for (const fault of databaseUrlFaults(url)) context.addIssue(fault);
    })
    .meta({ description: 'Postgres, as `postgres://user:password@host:port/database`', secret: true }),
  KAFKA_BROKERS: brokers.describe('Kafka brokers to start from, `host:port`, separated by commas'),
  KAFKA_CLIENT_ID: z
    .string()
    .min(1)
    .default('user-webhooks')
    .describe('Client id that brokers see in their logs and quotas'),
  KAFKA_GROUP_ID: z
    .string()
    .min(1)
    .default('user-webhooks')
    .describe('Consumer group, used literally; all instances share it'),
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
  USER_EVENTS_TOPIC: topic.default('user-events').describe('Topic that user lifecycle events are read from'),
  DELIVERIES_TOPIC: topic
    .default('webhook-deliveries')
    .describe('Topic that every delivery attempt is published to'),
  DEAD_LETTER_TOPIC: topic
    .default('user-events-dead-letter')
    .describe('Topic for records that are not a readable event, with the reason in headers'),
  CREATE_TOPICS: flag
    .default(false)
    .describe('Create missing topics at start; otherwise a missing topic is a fault'),
  USER_EVENTS_PARTITIONS: wholeNumber(1, 10_000)
    .default(8)
    .describe('Partitions of the events topic and the deliveries topic when the service creates them'),
  MAX_EVENT_BYTES: wholeNumber(1_024, 67_108_864)
    .default(2_097_152)
    .describe(
      'Largest record that is read as an event, in bytes: key, value and headers, unpacked; a larger one is dead-lettered without them',
    ),
  LOG_LEVEL: z
    .enum(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'must be fatal, error, warn, info, debug, trace or silent',
    )
    .default('info')
    .describe(
      '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`; `debug` adds a line per attempt',
    ),
  SECRETS_KEY: list.pipe(encryptionKeys).meta({
    description:
      'What secrets are encrypted with in Postgres: 32 random bytes in base64; of several, separated by commas, the first encrypts and all decrypt',
    secret: true,
  }),
  ADMIN_TOKEN: token.optional().meta({
    description:
      'Bearer token with role admin, at least 16 characters; required where neither `API_TOKENS_FILE` nor `OIDC_ISSUER` lets an admin in',
    secret: true,
  }),
  VIEWER_TOKEN: token.optional().meta({
    description: 'Bearer token with role viewer, which may only read; at least 16 characters',
    secret: true,
  }),
  API_TOKENS_FILE: apiTokensFile.optional().meta({
    description: 'File with more tokens, one per line: name, role, and the token or its SHA-256',
    secret: true,
  }),
  OIDC_ISSUER: issuer.optional().describe('OpenID Connect issuer whose JWTs are accepted as bearer tokens'),
  OIDC_AUDIENCE: z
    .string()
    .min(1)
    .optional()
    .describe('What `aud` of a JWT must name: the client id, in most cases'),
  OIDC_ROLE_CLAIM: z
    .string()
    .min(1)
    .default('groups')
    .describe('Claim that decides the role, a text or a list of texts; dots lead into objects'),
  OIDC_ADMIN_VALUES: list
    .default([])
    .describe('Values of that claim that mean role admin, separated by commas'),
  OIDC_VIEWER_VALUES: list
    .default([])
    .describe('Values of that claim that mean role viewer, separated by commas'),
  TRUSTED_PROXIES: list
    .pipe(z.array(trustedSubnet))
    .default([])
    .describe(
      'Networks of reverse proxies whose `X-Forwarded-For` is believed, in CIDR form, separated by commas',
    ),
  ALLOWED_SUBNETS: list
    .pipe(z.array(subnet))
    .default([])
    .describe(
      'Private networks that webhooks may reach, in CIDR form, separated by commas; all others are refused',
    ),
  DELIVERY_PROXY: proxy.optional().meta({
    description:
      'HTTP proxy that all deliveries go through by CONNECT, as `http://user:password@host:port` or `https://…`; it resolves the names of receivers',
    secret: true,
  }),
  WEBHOOK_DEFAULT_METHOD: z
    .enum(['GET', 'POST', 'PUT'], 'must be GET, POST or PUT')
    .default('GET')
    .describe('HTTP method of webhooks that name none: `GET`, `POST` or `PUT`'),
  REQUEST_TIMEOUT: durationSchema
    .pipe(z.number().max(300_000, 'must be at most 5m'))
    .default(15_000)
    .describe(
      'One deadline for a request, from connecting to the last byte of the answer; a webhook may override it',
    ),
  RETRY_SCHEDULE: z
    .string()
    .transform((text) => text.split(',').map((delay) => delay.trim()))
    .pipe(scheduleSchema)
    .default(['5s', '5m', '30m', '2h', '5h', '10h', '14h', '20h', '24h'])
    .describe(
      'Delays between the attempts of a delivery, each ±20 %; one attempt more than delays. A webhook may override it',
    ),
  MAX_IN_FLIGHT: wholeNumber(1, 10_000)
    .default(1_024)
    .describe('Requests under way at once, over all webhooks'),
  MAX_IN_FLIGHT_PER_WEBHOOK: wholeNumber(1, 10_000)
    .default(256)
    .describe('Requests under way at once to one webhook; a webhook may override it'),
});

export type Environment = z.output<typeof settingsSchema>;

/** No path, and credentials that can be decoded. */
function isBareOrigin(text: string): boolean {
  const url = new URL(text);
  try {
    decodeURIComponent(url.username + url.password);
  } catch {
    return false;
  }
  return url.pathname === '/' && url.search === '' && url.hash === '';
}
