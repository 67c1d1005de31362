/** One log reader for each topic, for the whole process. A reader connects when it is first used. */
import type { KafkaSettings } from './kafka.settings.ts';
import { createCluster } from './cluster.ts';
import { createKafka } from './kafka-client.ts';
import { logLevel } from './kafkajs.ts';
import { LogReader } from './log-reader.ts';
import { kafkaReason } from './trouble.ts';

/** A silent broker is noticed after 5 s. Then there is time to try another broker. */
const TRY_FOR_MS = 15_000;
/** For the results topic and the dead-letter topic. The service writes records of at most 16 MiB. */
export const MAX_OWN_RECORD_BYTES = 20 * 1024 * 1024;

export class TopicLogs {
  readonly events: LogReader;
  readonly results: LogReader;
  readonly deadLetters: LogReader;

  constructor(settings: KafkaSettings) {
    // With these retries a connect tries each broker once. kafkajs logs nothing, because the caller reports the failure.
    const retry = { retries: settings.KAFKA_BROKERS.length, initialRetryTime: 100, maxRetryTime: 1_000 };
    const kafka = createKafka(settings, { retry, logLevel: logLevel.NOTHING });
    const reader = (topic: string, maxRecordBytes: number): LogReader =>
      new LogReader(() => createCluster(kafka), {
        topic,
        maxRecordBytes,
        tryForMs: TRY_FOR_MS,
        explain: (error) =>
          kafkaReason(error, settings, [{ operation: 'READ', resource: 'topic', name: topic }]),
      });
    this.events = reader(settings.USER_EVENTS_TOPIC, settings.MAX_EVENT_BYTES);
    this.results = reader(settings.DELIVERIES_TOPIC, MAX_OWN_RECORD_BYTES);
    this.deadLetters = reader(settings.DEAD_LETTER_TOPIC, MAX_OWN_RECORD_BYTES);
  }

  async close(): Promise<void> {
    await Promise.all([this.events.close(), this.results.close(), this.deadLetters.close()]);
  }
}
