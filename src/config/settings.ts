/**
 * Every setting of the service: its name in the environment, its default, what it means and what it must look like.
 *
 * This is the only list. The README's table and `.env.example` are compared with it by tests, and
 * `read-settings.ts` is the only reader of the environment. A setting that is in this list does something.
 */
import { z } from 'zod';
import { durationSchema, scheduleSchema } from './duration.ts';

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

/** What fits into an `Authorization: Bearer` header (RFC 6750 section 2.1 is narrower still). */
const token = z
  .string()
  .min(16, 'must be at least 16 characters long')
  .regex(/^[!-~]*$/, 'must consist of visible ASCII characters without spaces');

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
    .url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// or postgresql:// URL' })
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
    .enum(['plain', 'scram-sha-256', 'scram-sha-512'], 'must be plain, scram-sha-256 or scram-sha-512')
    .optional()
    .describe('`plain`, `scram-sha-256` or `scram-sha-512`; without it no SASL'),
  KAFKA_SASL_USERNAME: z.string().min(1).optional().describe('SASL user name'),
  KAFKA_SASL_PASSWORD: z.string().min(1).optional().meta({ description: 'SASL password', secret: true }),
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
