/**
 * Publishes every attempt on the results topic, keyed by webhook so that one webhook's attempts stay in order, and says
 * when it is recorded. Whoever made the attempt holds its offset until then.
 */
import { Inject, Injectable } from '@nestjs/common';
import type { IHeaders, Producer } from 'kafkajs';
import { SETTINGS } from '../config/config.module.ts';
import type { KafkaSettings } from '../kafka/kafka.settings.ts';
import { AcknowledgedPublisher } from '../kafka/acknowledged-publisher.ts';
import { PRODUCER } from '../kafka/kafka.module.ts';
import { rightsToWrite } from '../kafka/rights.ts';
import { kafkaReason } from '../kafka/trouble.ts';
import type { Attempt } from '../model/attempt.ts';
import type { UserEvent } from '../model/event.ts';

const SOURCE = '/user-webhooks';

@Injectable()
export class ResultsService {
  readonly #publisher: AcknowledgedPublisher;

  constructor(@Inject(PRODUCER) producer: Pick<Producer, 'send'>, @Inject(SETTINGS) settings: KafkaSettings) {
    this.#publisher = new AcknowledgedPublisher(producer, {
      topic: settings.DELIVERIES_TOPIC,
      // An attempt is at most a few KiB; a topic that refuses that cannot hold results at all.
      shrink: () => null,
      explain: (error) => kafkaReason(error, settings, rightsToWrite(settings.DELIVERIES_TOPIC)),
    });
  }

  /** Why the topic does not take records; null while it does. */
  get trouble(): string | null {
    return this.#publisher.trouble;
  }

  /** @param recorded called when the topic has it. */
  publish(attempt: Attempt, trace: UserEvent['trace'], recorded: () => void): void {
    this.#publisher.publish({ ...toRecord(attempt, trace), acknowledged: recorded });
  }

  /** Whether the topic has all that was published. */
  get idle(): boolean {
    return this.#publisher.idle;
  }

  /** What is not acknowledged is given up. */
  close(): void {
    this.#publisher.close();
  }
}

/** Flat JSON, with CloudEvents 1.0 attributes as headers (binary content mode). */
export function toRecord(
  attempt: Attempt,
  trace: UserEvent['trace'],
): { key: string; value: string; headers: IHeaders } {
  const headers: IHeaders = {
    ce_specversion: '1.0',
    ce_id: attempt.id,
    ce_type: `webhook.attempt.${attempt.outcome}`,
    ce_source: SOURCE,
    ce_time: attempt.started_at,
    'content-type': 'application/json',
  };
  if (trace) headers['traceparent'] = trace.traceparent;
  return { key: attempt.webhook_id, value: JSON.stringify(attempt), headers };
}
