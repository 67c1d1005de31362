/** Makes the kafkajs client from the settings: brokers, TLS and SASL. Its log lines go to the log of the service. */
import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { Logger } from '@nestjs/common';
import type { KafkaConfig, logCreator, Mechanism, SASLOptions } from 'kafkajs';
import type { KafkaSettings } from './kafka.settings.ts';
import { Throttle } from '../logging/throttle.ts';
import { oauthMechanism } from './oauth-mechanism.ts';
import { OauthTokens } from './oauth-token.ts';
import { Kafka, logLevel } from './kafkajs.ts';

/** Also the timeout of requests that the broker answers by itself (`patches/silent-connection.ts`). */
const CONNECTION_TIMEOUT_MS = 5_000;
/** The timeout of requests that wait for other brokers or members. kafkajs gives a JoinGroup more time. */
export const REQUEST_TIMEOUT_MS = 10_000;
/** How long before credentials end. A broker closes a connection that authenticates twice within a second. */
const REAUTHENTICATE_BEFORE_MS = 5_000;

/** All clients of the process share their tokens. */
const TOKENS = new WeakMap<KafkaSettings, OauthTokens>();

export function createKafka(settings: KafkaSettings, overrides: Partial<KafkaConfig> = {}): Kafka {
  const sasl = saslOptions(settings);
  return new Kafka({
    clientId: settings.KAFKA_CLIENT_ID,
    brokers: settings.KAFKA_BROKERS,
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    reauthenticationThreshold: REAUTHENTICATE_BEFORE_MS,
    ssl: tlsOptions(settings),
    ...(sasl ? { sasl } : {}),
    logLevel: logLevel.WARN,
    logCreator: logThroughNest,
    ...overrides,
  });
}

function tlsOptions(settings: KafkaSettings): ConnectionOptions | false {
  if (!settings.KAFKA_SSL) return false;
  return {
    // NODE_TLS_REJECT_UNAUTHORIZED does not turn this off.
    rejectUnauthorized: true,
    ...(settings.KAFKA_SSL_CA === undefined ? {} : { ca: readFileSync(settings.KAFKA_SSL_CA) }),
    ...(settings.KAFKA_SSL_CERT === undefined ? {} : { cert: readFileSync(settings.KAFKA_SSL_CERT) }),
    ...(settings.KAFKA_SSL_KEY === undefined ? {} : { key: readFileSync(settings.KAFKA_SSL_KEY) }),
  };
}

function saslOptions(settings: KafkaSettings): SASLOptions | Mechanism | undefined {
  const {
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: username = '',
    KAFKA_SASL_PASSWORD: password = '',
  } = settings;
  if (mechanism === undefined) return undefined;
  if (mechanism !== 'oauthbearer') return { mechanism, username, password } as SASLOptions;
  return oauthMechanism(tokensOf(settings));
}

function tokensOf(settings: KafkaSettings): OauthTokens {
  const known = TOKENS.get(settings);
  if (known) return known;
  const tokens = new OauthTokens(settings);
  TOKENS.set(settings, tokens);
  return tokens;
}

/**
 * kafkajs logs every lost connection as an error, and again with every try. Here it is a warning that does not repeat. The
 * rooms that use Kafka report what kafkajs could not solve itself.
 */
const logThroughNest: logCreator = () => {
  const logger = new Logger('kafkajs');
  const throttle = new Throttle();
  return ({ namespace, log: { message, timestamp, logger: _, stack, ...rest } }) => {
    const leftOut = throttle.mayBeSaid(`${namespace} ${message}`);
    if (leftOut === null) return;
    logger.warn({ namespace, ...rest, ...(leftOut > 0 && { timesSinceLastSaid: leftOut }) }, message);
  };
};
