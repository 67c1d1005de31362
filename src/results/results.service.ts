/**
 * Publishes every attempt on the deliveries topic, keyed by webhook so that one webhook's attempts stay in order, and
 * says when the topic has it. Whoever made the attempt holds its offset until then.
 */
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Producer } from 'kafkajs';
import { SETTINGS } from '../config/config.module.ts';
import type { KafkaSettings } from '../kafka/kafka.settings.ts';
import { AcknowledgedPublisher } from '../kafka/acknowledged-publisher.ts';
import { PRODUCER } from '../kafka/kafka.module.ts';
import { rightsToWrite } from '../kafka/rights.ts';
import { kafkaTrouble } from '../kafka/trouble.ts';
import type { Attempt } from '../model/attempt.ts';
import type { UserEvent } from '../model/event.ts';
import { toRecord } from './attempt-record.ts';

@Injectable()
export class ResultsService implements OnApplicationShutdown {
  readonly #publisher: AcknowledgedPublisher;

  constructor(@Inject(PRODUCER) producer: Producer, @Inject(SETTINGS) settings: KafkaSettings) {
    this.#publisher = new AcknowledgedPublisher(producer, {
      topic: settings.DELIVERIES_TOPIC,
      // An attempt is at most a few KiB; a topic that refuses that cannot hold results at all.
      shrink: () => null,
      explain: (error) => kafkaTrouble(error, settings, rightsToWrite(settings.DELIVERIES_TOPIC)),
    });
  }

  /** Why the topic does not take records; null while it does. */
  get trouble(): string | null {
    return this.#publisher.trouble;
  }

  publish(attempt: Attempt, trace: UserEvent['trace'], acknowledged: () => void): void {
    this.#publisher.publish({ ...toRecord(attempt, trace), acknowledged });
  }

  /** Whether the topic has all that was published. */
  get idle(): boolean {
    return this.#publisher.idle;
  }

  onApplicationShutdown(): void {
    this.#publisher.close();
  }
}
