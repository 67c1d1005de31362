/**
 * Reads the environment once into the typed settings, or says everything that is wrong with it at once.
 *
 * An empty variable counts as not set. A fault names the variable, what it must be and the value that was given,
 * except where the value is a secret. Limits that contradict each other are faults too.
 */
import { accessFaults, sharedTokenFaults } from './access-faults.ts';
import { kafkaSecurityFaults } from './kafka-security-faults.ts';
import { settingsSchema, type Environment } from './settings.ts';
import { StartError } from './start-error.ts';
import type { z } from 'zod';

/** Everything that is wrong with the environment, one sentence per fault. */
export class SettingsError extends StartError {
  override readonly name = 'SettingsError';

  constructor(readonly faults: readonly string[]) {
    super(`The settings are not usable:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
  }
}

/**
 * @throws SettingsError listing every fault.
 */
export function readSettings(environment: Record<string, string | undefined>): Environment {
  const given = Object.fromEntries(
    Object.keys(settingsSchema.shape)
      .filter((name) => environment[name] !== undefined && environment[name] !== '')
      .map((name) => [name, environment[name]]),
  );
  const result = settingsSchema.safeParse(given);
  if (!result.success) {
    const faults = result.error.issues.map((issue) => describeFault(issue, given));
    throw new SettingsError([...faults, ...accessFaults(given, null)]);
  }
  const contradictions = [...accessFaults(given, result.data), ...findContradictions(result.data)];
  if (contradictions.length > 0) throw new SettingsError(contradictions);
  return result.data;
}

/** The settings as they may be logged: secrets masked. */
export function maskedSettings(settings: Environment): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [
      name,
      isSecret(name) && value !== undefined ? '***' : value,
    ]),
  );
}

export function isSecret(name: string): boolean {
  const field: z.ZodType = settingsSchema.shape[name as keyof typeof settingsSchema.shape];
  return field.meta()?.['secret'] === true;
}

function describeFault(issue: z.core.$ZodIssue, given: Record<string, string | undefined>): string {
  const name = String(issue.path[0]);
  const value = given[name];
  if (value === undefined) return `${name} is missing. ${settingDescription(name)}`;
  return isSecret(name) ? `${name} ${issue.message}` : `${name} ${issue.message}, but is "${value}"`;
}

function settingDescription(name: string): string {
  return settingsSchema.shape[name as keyof typeof settingsSchema.shape].description ?? '';
}

function findContradictions(settings: Environment): string[] {
  const faults: string[] = [];
  const topics = [settings.USER_EVENTS_TOPIC, settings.DELIVERIES_TOPIC, settings.DEAD_LETTER_TOPIC];
  if (new Set(topics).size < topics.length) {
    faults.push(
      `USER_EVENTS_TOPIC, DELIVERIES_TOPIC and DEAD_LETTER_TOPIC must be three different topics, but are ${topics.join(', ')}`,
    );
  }
  if (settings.MAX_IN_FLIGHT_PER_WEBHOOK > settings.MAX_IN_FLIGHT) {
    faults.push(
      `MAX_IN_FLIGHT_PER_WEBHOOK must be at most MAX_IN_FLIGHT, but is ${settings.MAX_IN_FLIGHT_PER_WEBHOOK} of ${settings.MAX_IN_FLIGHT}`,
    );
  }
  return [...faults, ...sharedTokenFaults(settings), ...kafkaSecurityFaults(settings)];
}
