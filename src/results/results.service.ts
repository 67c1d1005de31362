/**
 * Makes the record of every attempt, publishes it on the results topic, and calls back when it is recorded. The key is the
 * webhook's id, so the attempts of one webhook stay in order. No secret is in a record (`mask-secrets.ts`).
 *
 * A result that the topic refuses for its size is made shorter until the topic takes it. The caller must hold the offset,
 * the row or the cursor of the delivery until the attempt is recorded.
 */
import { hash, randomUUID } from 'node:crypto';
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
import type { Attempt, EndedAttempt, Outcome } from '../model/attempt.ts';
import { nextReason } from '../model/delivery.ts';
import type { UserEvent } from '../model/event.ts';
import type { Webhook } from '../model/webhook.ts';
import { maskedUrl } from '../model/webhook-url.ts';
import { withoutSecrets } from './mask-secrets.ts';
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

/** What the record says. Its secrets are masked, and so they are in what is logged and answered of the attempt. */
export function toAttempt(
  ended: EndedAttempt,
  outcome: Outcome,
  nextAttemptInMs: number | null,
  now: number,
  shownUsername: (username: string) => string | null,
): Attempt {
  const { delivery, webhook, verdict, startedAt } = ended;
  const { event } = delivery;
  return {
    id: attemptId(now),
    delivery_id: delivery.id,
    event_id: event.id,
    event_type: event.type,
    event_timestamp: event.timestamp,
    webhook_id: webhook.id,
    webhook_url: publicUrl(webhook),
    method: webhook.method,
    attempt: ended.number,
    reason: nextReason(delivery),
    outcome,
    status_code: verdict.statusCode,
    error_code: verdict.errorCode,
    error_message: publicMessage(ended),
    duration_ms: ended.durationMs,
    response_body: publicBody(ended),
    started_at: isoText(startedAt),
    next_attempt_at: nextAttemptInMs === null ? null : new Date(now + nextAttemptInMs).toISOString(),
    source_topic: event.source?.topic ?? null,
    source_partition: event.source?.partition ?? null,
    source_offset: event.source?.offset ?? null,
    username: event.username === null ? null : shownUsername(event.username),
    replay_id: delivery.replayId,
  };
}

/**
 * @param now milliseconds since the epoch.
 * @returns UUIDv7 (RFC 9562 section 5.7): the time, and the random part of a UUIDv4.
 */
export function attemptId(now: number): string {
  return timePart(now) + randomUUID().slice(15);
}

const timePart = perMillisecond((now) => {
  const time = now.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7`;
});

const isoText = perMillisecond((now) => new Date(now).toISOString());

/** A receiver may repeat secrets that it was sent. Readers of the results must not see them. */
function publicBody({ verdict, webhook }: EndedAttempt): string | null {
  const { responseBody, bodyCut } = verdict;
  return responseBody === null ? null : withoutSecrets(responseBody, webhook, bodyCut);
}

function publicMessage({ verdict: { errorMessage }, webhook }: EndedAttempt): string | null {
  return errorMessage === null ? null : withoutSecrets(errorMessage, webhook, false);
}

/** A changed webhook is a new object, so an entry is never out of date. */
const publicUrls = new WeakMap<Webhook, string>();

function publicUrl(webhook: Webhook): string {
  let url = publicUrls.get(webhook);
  if (url === undefined) {
    url = maskedUrl(webhook.url);
    publicUrls.set(webhook, url);
  }
  return url;
}

/** @returns `textOf` with its last result cached: at full speed dozens of attempts begin or end within one millisecond. */
function perMillisecond(textOf: (now: number) => string): (now: number) => string {
  let of: number | null = null;
  let text = '';
  return (now) => {
    if (now !== of) {
      text = textOf(now);
      of = now;
    }
    return text;
  };
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
