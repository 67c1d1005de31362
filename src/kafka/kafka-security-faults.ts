/** Finds settings of TLS and SASL for Kafka that contradict each other, and files in them that cannot be used. */
import { tlsFileFaults } from '../config/tls-files.ts';
import type { KafkaSettings } from './kafka.settings.ts';

const FILES = { ca: 'KAFKA_SSL_CA', cert: 'KAFKA_SSL_CERT', key: 'KAFKA_SSL_KEY' } as const;
const PASSWORD = ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'] as const;
const OAUTH = [
  'KAFKA_SASL_OAUTH_TOKEN_URL',
  'KAFKA_SASL_OAUTH_CLIENT_ID',
  'KAFKA_SASL_OAUTH_CLIENT_SECRET',
] as const;
const OPTIONAL_OF_OAUTH = ['KAFKA_SASL_OAUTH_SCOPE'] as const;

type Name = keyof KafkaSettings;

export function kafkaSecurityFaults(settings: KafkaSettings): string[] {
  return [...tlsFaults(settings), ...saslFaults(settings)];
}

function tlsFaults(settings: KafkaSettings): string[] {
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

function saslFaults(settings: KafkaSettings): string[] {
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

function namesGiven(settings: KafkaSettings, names: readonly Name[]): Name[] {
  return names.filter((name) => settings[name] !== undefined);
}

function listed(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}
