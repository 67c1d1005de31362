/** Settings that work and that an operator should know of: what they leave open to whoever is on the network. */
import { isDatabaseUnverified } from './database-url.ts';
import type { Environment } from './settings.ts';

export function settingsWarnings(settings: Environment): string[] {
  const warnings: string[] = [];
  const mechanism = settings.KAFKA_SASL_MECHANISM;
  if (!settings.KAFKA_SSL && (mechanism === 'plain' || mechanism === 'oauthbearer')) {
    const secret = mechanism === 'plain' ? 'the password' : 'the token';
    warnings.push(
      `KAFKA_SASL_MECHANISM=${mechanism} without KAFKA_SSL=true sends ${secret} over the network in the clear`,
    );
  }
  if (isDatabaseUnverified(settings.DATABASE_URL)) {
    warnings.push(
      'DATABASE_URL has TLS that checks no certificate, so anybody on the way can pose as the server: use sslmode=verify-full',
    );
  }
  return warnings;
}
