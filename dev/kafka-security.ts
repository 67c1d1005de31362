/** TLS and SASL for the demo's own client, from the same settings that the service reads. */
import { readFileSync } from 'node:fs';
import type { KafkaConfig, Mechanism, SASLOptions } from 'kafkajs';
import { oauthMechanism } from '../src/kafka/oauth-mechanism.ts';
import { OauthTokens } from '../src/kafka/oauth-token.ts';

export function kafkaSecurity(environment: NodeJS.ProcessEnv): Pick<KafkaConfig, 'ssl' | 'sasl'> {
  const fileOf = (name: string): Buffer | undefined => {
    const path = environment[name] ?? '';
    return path === '' ? undefined : readFileSync(path);
  };
  const mechanism = environment['KAFKA_SASL_MECHANISM'] ?? '';
  const sasl = saslOptions(mechanism, environment);
  const ssl = environment['KAFKA_SSL'] === 'true' && {
    ca: fileOf('KAFKA_SSL_CA'),
    cert: fileOf('KAFKA_SSL_CERT'),
    key: fileOf('KAFKA_SSL_KEY'),
  };
  return { ssl, ...(mechanism === '' ? {} : { sasl }) };
}

function saslOptions(mechanism: string, environment: NodeJS.ProcessEnv): SASLOptions | Mechanism {
  if (mechanism === 'oauthbearer') {
    const given = Object.entries(environment).filter(([, value]) => value !== '');
    return oauthMechanism(new OauthTokens(Object.fromEntries(given)));
  }
  return {
    mechanism,
    username: environment['KAFKA_SASL_USERNAME'] ?? '',
    password: environment['KAFKA_SASL_PASSWORD'] ?? '',
  } as SASLOptions;
}
