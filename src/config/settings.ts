/**
 * Every setting of the service: its name in the environment, its default, what it means and what it must look like.
 *
 * This is the only list. The README's table and `.env.example` are compared with it by tests, and
 * `read-settings.ts` is the only reader of the environment. A setting that is in this list does something.
 */
import { z } from 'zod';
import { databaseUrlFaults } from './database-url.ts';
import { durationSchema, scheduleSchema } from './duration.ts';
import { isHttpsOrLoopback } from './secure-url.ts';

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

const subnets = list.pipe(
  z.array(z.union([z.cidrv4(), z.cidrv6()], 'must be a subnet in CIDR form, such as 10.0.0.0/8 or fd00::/8')),
);

/** A secret is sent there. */
const tokenUrl = z
  .string()
  .refine(
    (text) => isHttpsOrLoopback(text) && URL.parse(text)?.username === '',
    'must be an https:// URL without user and password; http:// is only for loopback',
  );

/** What fits into an `Authorization: Bearer` header (RFC 6750 section 2.1 is narrower still). */
const token = z
  .string()
  .min(16, 'must be at least 16 characters long')
  .regex(/^[!-~]*$/, 'must consist of visible ASCII characters without spaces');

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
  LOG_LEVEL: z
    .enum(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'must be fatal, error, warn, info, debug, trace or silent',
    )
    .default('info')
    .describe(
      '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`; `debug` adds a line per attempt',
    ),
  ADMIN_TOKEN: token.meta({
    description:
      'Bearer token of the REST API, at least 16 characters; the service does not start without it',
    secret: true,
  }),
  ALLOWED_SUBNETS: subnets
    .default([])
    .describe(
      'Private networks that webhooks may reach, in CIDR form, separated by commas; all others are refused',
    ),
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
