/**
 * Sends a dead letter back to the events topic, as it came or with a corrected value. It goes to the end of the log,
 * behind everything that was written since. A record that the decoder cannot read is refused, because it would only come
 * back, unless the caller forces it.
 *
 * Before anything is sent, the request is stored together with its audit entry. So it is always known who asked for it.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { AuditLog } from '../audit/audit-log.ts';
import { SETTINGS } from '../config/config.module.ts';
import { decodeEvent } from '../intake/decode-event.ts';
import { Undecodable } from '../intake/undecodable.ts';
import { PRODUCER } from '../kafka/kafka.module.ts';
import type { KafkaSettings } from '../kafka/kafka.settings.ts';
import { OffsetGone, UnknownPartition } from '../kafka/log-faults.ts';
import type { LogReader } from '../kafka/log-reader.ts';
import type { LogRecord } from '../kafka/log-record.ts';
import { KafkaJSProtocolError } from '../kafka/kafkajs.ts';
import { refusalOf, type RecordProducer } from '../kafka/outgoing-record.ts';
import { rightsToWrite } from '../kafka/rights.ts';
import { TopicLogs } from '../kafka/topic-logs.ts';
import { kafkaReason } from '../kafka/trouble.ts';
import type { Origin } from '../model/actor.ts';
import { fault } from '../model/field-fault.ts';
import { Problem, unavailable } from '../rest/problem.ts';
import { validate } from '../rest/validate.ts';
import { sendBackInput, type SentBackView } from './dead-letters.dto.ts';
import { DeadLettersService } from './dead-letters.service.ts';
import { isProducers, type Letter } from './letter.ts';
import { noteArrival, noteSendBack, removeSendBack, type Statements } from './send-backs.ts';

const ANSWER_WITHIN_MS = 10_000;
/** How long the broker waits for its replicas. */
const REPLICATED_WITHIN_MS = 8_000;

/** The record to send, and its partition. Null: the key decides. */
interface Outgoing extends Pick<LogRecord, 'key' | 'value' | 'headers'> {
  readonly partition: number | null;
}

/** What it needs of the database. */
export interface Transactions {
  readonly manager: Statements;
  transaction<Result>(work: (manager: Statements) => Promise<Result>): Promise<Result>;
}

interface Place {
  readonly partition: number;
  readonly offset: string;
}

@Injectable()
export class SendBackService {
  readonly #logger = new Logger(SendBackService.name);
  readonly #topic: string;

  constructor(
    @Inject(DeadLettersService) private readonly letters: Pick<DeadLettersService, 'letter' | 'placeOf'>,
    @Inject(TopicLogs) private readonly logs: { readonly events: Pick<LogReader, 'bounds' | 'read'> },
    @Inject(AuditLog) private readonly audit: Pick<AuditLog, 'record'>,
    @Inject(PRODUCER) private readonly producer: RecordProducer,
    @Inject(SETTINGS) private readonly settings: KafkaSettings,
    @InjectDataSource() private readonly dataSource: Transactions,
  ) {
    this.#topic = settings.USER_EVENTS_TOPIC;
  }

  /** @throws Problem `not_found`, `validation_failed`, `event_expired`, `service_unavailable`; LogUnavailable */
  async sendBack(origin: Origin, partition: number, offset: number, body: unknown): Promise<SentBackView> {
    const { value, force } = validate(sendBackInput, body);
    const letter = await this.letters.letter(partition, offset);
    const mended = value && ('text' in value ? Buffer.from(value.text) : Buffer.from(value.base64, 'base64'));
    const outgoing = await this.#outgoing(letter, mended);
    const undecodable = this.#faultOf(outgoing);
    if (undecodable !== null && !force) {
      const { reason } = undecodable;
      const message = `would only become a dead letter again (${reason}): ${undecodable.message}`;
      throw new Problem('validation_failed', `The value ${message}; mend it, or send "force": true`, [
        { field: 'value', ...fault('dead_letter_again', message, { reason, fault: undecodable.message }) },
      ]);
    }
    const id = await this.dataSource.transaction(async (manager) => {
      await this.audit.record(manager, origin, {
        action: 'dead_letter.sent_back',
        webhookId: null,
        changes: {
          dead_letter: { before: null, after: `${partition}/${offset}` },
          ...(mended && { value: 'changed' as const }),
          ...(force && { force: { before: null, after: true } }),
        },
      });
      return noteSendBack(manager, this.letters.placeOf(partition, letter), origin.actor.name);
    });
    return { topic: this.#topic, ...(await this.#send(id, outgoing)) };
  }

  /** The record as it came. Parts that the dead-letter topic had no room for are read from the events topic. */
  async #outgoing(letter: Letter, mended: Buffer | undefined): Promise<Outgoing> {
    const { omitted, source, record } = letter;
    const isHome = source?.topic === this.#topic;
    const needsSource = omitted.key + omitted.headers + (mended ? 0 : omitted.value) > 0;
    const whole =
      needsSource && isHome ? await this.#sourceRecord(source.partition, Number(source.offset)) : null;
    if (needsSource && whole === null) {
      throw new Problem(
        'event_expired',
        'The dead-letter topic had no room for all of the record, and the events topic no longer has it',
      );
    }
    const { key, value, headers } = whole ?? record;
    return {
      key,
      value: mended ?? value,
      headers: headers.only(isProducers),
      // The user's other events are in this partition, whoever chose it.
      partition: isHome && (await this.logs.events.bounds()).has(source.partition) ? source.partition : null,
    };
  }

  async #sourceRecord(partition: number, offset: number): Promise<LogRecord | null> {
    try {
      const batch = await this.logs.events.read(partition, offset, { maxWaitMs: 0, maxBytes: 1 });
      return batch?.records.find((one) => one.offset === offset && one.unread === null) ?? null;
    } catch (error) {
      if (error instanceof OffsetGone || error instanceof UnknownPartition) return null;
      throw error;
    }
  }

  /** Why it would become a dead letter again; null: it is an event. */
  #faultOf({ key, value, headers }: Outgoing): Undecodable | null {
    const size = (key?.length ?? 0) + (value?.length ?? 0) + headers.bytes.length;
    const { MAX_EVENT_BYTES } = this.settings;
    if (size > MAX_EVENT_BYTES)
      return new Undecodable('too_large', `the record has ${size} bytes, and may have ${MAX_EVENT_BYTES}`);
    const record = { offset: 0, timestamp: Date.now(), key, value, headers, size, unread: null };
    const decoded = decodeEvent(this.#topic, 0, record);
    return decoded instanceof Undecodable ? decoded : null;
  }

  async #send(id: string, { key, value, headers, partition }: Outgoing): Promise<Place> {
    const record = { key, value, headers };
    const sending = this.producer.send({
      topic: this.#topic,
      acks: -1,
      timeout: REPLICATED_WITHIN_MS,
      messages: [partition === null ? record : { ...record, partition }],
    });
    const noted = sending.then(async ([sent]) => {
      if (sent?.baseOffset === undefined) throw new Error('Kafka has not told where the record is');
      const place = { partition: sent.partition, offset: sent.baseOffset };
      // It was sent, even if that cannot be noted.
      await noteArrival(this.dataSource.manager, id, place).catch((error: unknown) => {
        this.#logger.warn(
          { err: error, ...place },
          'a dead letter was sent back, but that could not be noted',
        );
      });
      return place;
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(resolve, ANSWER_WITHIN_MS, null);
    });
    try {
      const place = await Promise.race([noted, late]);
      if (place !== null) return place;
    } catch (error) {
      throw await this.#refused(id, error);
    } finally {
      clearTimeout(timer);
    }
    noted.catch((error: unknown) => {
      this.#logger.warn({ err: error }, 'a dead letter may not have been sent back');
    });
    const wayOut = 'it may still arrive; read the dead letter again to see whether it did';
    throw unavailable('acknowledgement', `The events topic has not acknowledged it yet: ${wayOut}`);
  }

  async #refused(id: string, error: unknown): Promise<Problem> {
    const refusal = refusalOf(error);
    if (refusal !== null || isDefinite(error)) await removeSendBack(this.dataSource.manager, id);
    if (refusal !== null) {
      const message = `is not taken by the topic ${this.#topic}: Kafka answers ${refusal}`;
      return new Problem('validation_failed', `The record ${message}`, [
        { field: 'value', ...fault('refused_by_kafka', message, { answer: refusal }) },
      ]);
    }
    const why = kafkaReason(error, this.settings, rightsToWrite(this.#topic));
    this.#logger.warn({ err: error, why }, 'a dead letter could not be sent back');
    const detail = `The events topic ${this.#topic} does not take the record: ${why ?? 'Kafka could not be reached'}`;
    return unavailable('kafka', detail);
  }
}

/** Whether it is certain that Kafka did not take the record. After an error that may be tried again, such as a timeout, nobody knows. */
function isDefinite(error: unknown): boolean {
  if (error instanceof KafkaJSProtocolError) return !error.retriable;
  return error instanceof Error && error.cause !== undefined && isDefinite(error.cause);
}
