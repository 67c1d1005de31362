/**
 * The kafkajs client of the development commands and the tests: quiet, and without endless retries. After a broker was
 * away it must come back as the service does, or a test waits for records that are there.
 *
 * kafkajs 2.2.4 schedules a timer in the past with every request, which Node 24 warns of once per process. The delay
 * becomes 1 ms, as it always did, so that one warning is left out.
 */
import { Kafka, logLevel, type KafkaConfig } from 'kafkajs';
import { useFreshConnections } from '../src/kafka/patches/fresh-connection.ts';

export function createClient(brokers: string, overrides: Partial<KafkaConfig> = {}): Kafka {
  leaveOutTimerWarning();
  useFreshConnections();
  return new Kafka({
    clientId: 'user-webhooks-dev',
    brokers: brokers.split(',').map((broker) => broker.trim()),
    logLevel: logLevel.NOTHING,
    connectionTimeout: 5_000,
    ...overrides,
  });
}

let leftOut = false;

function leaveOutTimerWarning(): void {
  if (leftOut) return;
  leftOut = true;
  const emitWarning = process.emitWarning.bind(process) as (...args: unknown[]) => void;
  process.emitWarning = (...args: unknown[]): void => {
    if (args[1] !== 'TimeoutNegativeWarning') emitWarning(...args);
  };
}
