/**
 * Runs all checks at the same time. Each has a time limit. A check that does not answer is a fault, and the others are
 * reported all the same. Checks whose settings are wrong are left out.
 */
import type { RolesSettings } from '../config/roles.settings.ts';
import type { DeliverySettings } from '../delivery/delivery.settings.ts';
import type { KafkaSettings } from '../kafka/kafka.settings.ts';
import type { SecretBox } from '../secrets/secret-box.ts';
import { databaseFindings } from './database-checks.ts';
import { fault, type Finding } from './finding.ts';
import { kafkaFindings } from './kafka-checks.ts';
import { receiverFinding } from './receiver-check.ts';

const WITHIN_MS = 30_000;

/** Null: its settings are wrong, which is reported already. */
export interface Subject {
  readonly kafka: (KafkaSettings & RolesSettings) | null;
  readonly database: { readonly url: string; readonly box: SecretBox | null } | null;
  readonly receiver: { readonly url: string; readonly settings: DeliverySettings } | null;
}

export async function examine(
  { kafka, database, receiver }: Subject,
  withinMs = WITHIN_MS,
): Promise<Finding[]> {
  const parts = [
    kafka && within('Kafka', withinMs, kafkaFindings(kafka)),
    database && within('PostgreSQL', withinMs, databaseFindings(database.url, database.box)),
    receiver &&
      within(
        'receiver',
        withinMs,
        receiverFinding(receiver.url, receiver.settings).then((finding) => [finding]),
      ),
  ];
  return (await Promise.all(parts.map(async (part) => (await part) ?? []))).flat();
}

/** An unexpected error is a fault of this check. The other checks are still reported. */
export async function within(
  check: string,
  withinMs: number,
  findings: Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  const late = Promise.withResolvers<readonly Finding[]>();
  const timer = setTimeout(() => {
    late.resolve([
      fault(
        check,
        `no answer came within ${withinMs / 1_000} seconds`,
        'see whether it stands still, or a firewall drops what is sent',
      ),
    ]);
  }, withinMs);
  try {
    return await Promise.race([findings, late.promise]);
  } catch (error) {
    const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return [fault(check, `it could not be examined (${why})`)];
  } finally {
    clearTimeout(timer);
  }
}
