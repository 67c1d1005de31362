/**
 * Publishes every attempt on the results topic, and calls back when it is recorded. The key is the webhook's id, so the
 * attempts of one webhook stay in order.
 *
 * A result that the topic refuses for its size is made shorter until the topic takes it. The caller must hold the offset,
 * the row or the cursor of the delivery until the attempt is recorded.
 */
import { hash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import type { IHeaders } from 'kafkajs';
import { SETTINGS } from '../config/config.module.ts';
import { Metrics } from '../metrics/metrics.ts';
import type { KafkaSettings } from '../kafka/kafka.settings.ts';
import { AcknowledgedPublisher } from '../kafka/acknowledged-publisher.ts';
import type { OutgoingRecord, RecordProducer } from '../kafka/outgoing-record.ts';
import { PRODUCER } from '../kafka/kafka.module.ts';
import { rightsToWrite } from '../kafka/rights.ts';
import { kafkaReason } from '../kafka/trouble.ts';
import type { Attempt } from '../model/attempt.ts';
import type { UserEvent } from '../model/event.ts';
import type { ResultsSettings } from './results.settings.ts';

const SOURCE = '/user-webhooks';
/** The header that names what had to be left out of a result. */
export const OMITTED = 'omitted';
/** The length to which texts are cut as the last resort. */
const SHORT_CHARACTERS = 64;

interface ResultRecord extends OutgoingRecord {
  readonly value: string;
  readonly headers: IHeaders;
}

@Injectable()
export class ResultsService {
  readonly #publisher: AcknowledgedPublisher<ResultRecord>;

  constructor(
    @Inject(PRODUCER) producer: RecordProducer,
    @Inject(SETTINGS) settings: KafkaSettings,
    metrics: Metrics,
  ) {
    this.#publisher = new AcknowledgedPublisher(producer, {
      topic: settings.DELIVERIES_TOPIC,
      shrink: shrunk,
      describe: placeOf,
      explain: (error) => kafkaReason(error, settings, rightsToWrite(settings.DELIVERIES_TOPIC)),
      metrics,
    });
  }

  /** Why the topic takes no records; null while it takes them. */
  get trouble(): string | null {
    return this.#publisher.trouble;
  }

  /** The topic's name, and how many records it has not acknowledged yet. */
  get queue(): readonly [topic: string, records: number] {
    return [this.#publisher.topic, this.#publisher.unacknowledged];
  }

  /** How many results were given up because the topic refused even their shortest form. */
  get leftOut(): number {
    return this.#publisher.leftOut;
  }

  /** @param recorded called when the topic has acknowledged the attempt. */
  publish(attempt: Attempt, trace: UserEvent['trace'], recorded: () => void): void {
    this.#publisher.publish({ ...toRecord(attempt, trace), acknowledged: recorded });
  }

  /** Whether the topic has acknowledged all that was published. */
  get idle(): boolean {
    return this.#publisher.idle;
  }

  /** Gives up what is not acknowledged. */
  close(): void {
    this.#publisher.close();
  }
}

/** How a result shows a user name, by the setting `RESULTS_USERNAME`. */
export function shownUsername(as: ResultsSettings['RESULTS_USERNAME']): (username: string) => string | null {
  switch (as) {
    case 'plain':
      return (username) => username;
    case 'hashed':
      return (username) => hash('sha256', username);
    case 'omitted':
      return () => null;
  }
}

/** Flat JSON, with the attributes of CloudEvents 1.0 as headers (its Kafka binding, binary content mode). */
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

/**
 * Makes a result shorter that the topic refused. First it drops what the receiver said. Then it cuts texts that are long
 * only in rows of old versions. A header names the changed members.
 *
 * @returns null when nothing more can be left out.
 */
function shrunk(record: ResultRecord): ResultRecord | null {
  const attempt = JSON.parse(record.value) as Attempt;
  return (
    replacing(record, attempt, { response_body: null, error_message: null }) ??
    replacing(record, attempt, {
      webhook_url: attempt.webhook_url.slice(0, SHORT_CHARACTERS),
      event_timestamp: attempt.event_timestamp.slice(0, SHORT_CHARACTERS),
      // A name that is cut would be the name of somebody else.
      username: (attempt.username ?? '').length > SHORT_CHARACTERS ? null : attempt.username,
    })
  );
}

/** @returns null if the members have these values already. */
function replacing(record: ResultRecord, attempt: Attempt, members: Partial<Attempt>): ResultRecord | null {
  const names = Object.keys(members) as (keyof Attempt)[];
  const changed = names.filter((name) => members[name] !== attempt[name]);
  if (changed.length === 0) return null;
  const omitted = [record.headers[OMITTED], ...changed].filter((name) => name !== undefined).join();
  return {
    ...record,
    value: JSON.stringify({ ...attempt, ...members }),
    headers: { ...record.headers, [OMITTED]: omitted },
  };
}

/** For the log: the place of the event's record, and the delivery. */
function placeOf({ value }: ResultRecord): object {
  const { source_topic, source_partition, source_offset, ...attempt } = JSON.parse(value) as Attempt;
  const { delivery_id, webhook_id, outcome } = attempt;
  return {
    topic: source_topic,
    partition: source_partition,
    offset: source_offset,
    delivery_id,
    webhook_id,
    outcome,
  };
}
