/**
 * Explains why Kafka does not work with this client: certificates, credentials, token or rights. The sentence also says what
 * to do. It is chosen by the class and the code of the error, never by its message. For other errors, such as a broker that
 * is down, there is none.
 *
 * Anybody can read the sentence at `/health/ready`. So it has only our own words, or the fixed text of the protocol for a
 * code. Text of others stays in the error, for the log.
 */
import { tlsTrouble } from '../config/tls-trouble.ts';
import type { KafkaSettings } from './kafka.settings.ts';
import { KafkaJSProtocolError } from './kafkajs.ts';
import { TOKEN_REFUSED } from './oauth-mechanism.ts';
import { TokenError } from './oauth-token.ts';
import { denial, type Right } from './rights.ts';

const BROKER = {
  name: 'the broker',
  ca: 'KAFKA_SSL_CA',
  host: 'KAFKA_BROKERS',
  cert: 'KAFKA_SSL_CERT and KAFKA_SSL_KEY',
  off: 'KAFKA_SSL=false',
};

/** kafkajs' error types for missing rights. The error does not name the right; the caller does (`needed`). */
const DENIED = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
]);

/** @param needed the rights that the failed request needs. @returns null if there is no explanation. */
export function kafkaTrouble(
  error: unknown,
  settings: KafkaSettings,
  needed: readonly Right[],
): string | null {
  for (const one of withCauses(error)) {
    const sentence = troubleOf(one, settings, needed);
    if (sentence !== null) return sentence;
  }
  return null;
}

/** For readiness: as `kafkaTrouble`. If that is null, Kafka's own reason, if it gave one. */
export function kafkaReason(
  error: unknown,
  settings: KafkaSettings,
  needed: readonly Right[],
): string | null {
  const ours = kafkaTrouble(error, settings, needed);
  if (ours !== null) return ours;
  for (const one of withCauses(error)) {
    // The message is kafkajs' text for the code. It never has text of the broker.
    if (one instanceof KafkaJSProtocolError) return `Kafka answers ${one.type}: ${one.message}`;
  }
  return null;
}

function troubleOf(error: Error, settings: KafkaSettings, needed: readonly Right[]): string | null {
  if (error instanceof TokenError) return error.sentence;
  const { type, code } = error as { type?: unknown; code?: unknown };
  if (typeof type === 'string' && DENIED.has(type)) {
    const rights = needed.filter(({ resource }) => (resource === 'group') === type.startsWith('GROUP'));
    return rights.length > 0 ? denial(rights) : null;
  }
  if (type === 'INVALID_TIMESTAMP') {
    return "the broker does not take this machine's time for a record: correct the clock of one of them, or message.timestamp.before.max.ms and message.timestamp.after.max.ms of the topic";
  }
  const mechanism = settings.KAFKA_SASL_MECHANISM;
  if (type === 'UNSUPPORTED_SASL_MECHANISM') {
    return `the broker does not offer the SASL mechanism ${mechanism ?? 'none'} on this listener: correct KAFKA_SASL_MECHANISM or KAFKA_BROKERS`;
  }
  if (error.name === 'KafkaJSSASLAuthenticationError' || type === 'SASL_AUTHENTICATION_FAILED') {
    return mechanism === 'oauthbearer'
      ? TOKEN_REFUSED
      : `the broker does not accept SASL ${mechanism ?? ''} with the user name or the password: correct KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD`;
  }
  return typeof code === 'string' ? tlsTrouble(code, BROKER) : null;
}

/** The error and all its causes. */
function* withCauses(error: unknown): Generator<Error> {
  if (!(error instanceof Error)) return;
  yield error;
  yield* withCauses(error.cause);
  if ('errors' in error && Array.isArray(error.errors))
    for (const one of error.errors) yield* withCauses(one);
}
