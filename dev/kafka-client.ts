/**
 * The kafkajs client of the development commands and the tests. It logs nothing and does not retry for ever. After a broker
 * was away, it connects again as the service does. Otherwise a test could wait for records that are already there.
 *
 * kafkajs 2.2.4 sets a timer with a negative delay for every request. Node 24 warns about that once per process. The delay
 * becomes 1 ms, as in earlier versions of Node, so this warning is left out.
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
