/** A reader for the log of each topic, for the whole process. Nothing connects before it is read. */
import type { KafkaSettings } from './kafka.settings.ts';
import { createKafka } from './kafka-client.ts';
import { logLevel } from './kafkajs.ts';
import { LogReader } from './log-reader.ts';
import { kafkaReason } from './trouble.ts';

/** Silence is noticed after 5 s; then there is time for another broker. */
const TRY_FOR_MS = 15_000;
/** Of the results topic and the dead-letter topic; what we write has 16 MiB at most. */
export const MAX_OWN_RECORD_BYTES = 20 * 1024 * 1024;

export class TopicLogs {
  readonly events: LogReader;
  readonly results: LogReader;
  readonly deadLetters: LogReader;

  constructor(settings: KafkaSettings) {
    // A try to connect goes to each of the brokers in turn. Whoever asked says what failed.
    const retry = { retries: settings.KAFKA_BROKERS.length, initialRetryTime: 100, maxRetryTime: 1_000 };
    const kafka = createKafka(settings, { retry, logLevel: logLevel.NOTHING });
    const reader = (topic: string, maxRecordBytes: number): LogReader =>
      new LogReader(kafka, {
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
