/**
 * Publishes records that cannot be read on the dead-letter topic. Value, key and headers stay as they came. Further headers
 * say where the record was read and what is wrong with it. The caller must hold the offset until the topic has acknowledged.
 *
 * Headers that begin with `dlq.` are ours. A producer's header with such a name is renamed to `original.dlq.…`. One that is
 * named `original.dlq.…` already gets one more `original.` before it. This happens if a dead letter is sent back as it is.
 */
import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '../config/config.module.ts';
import { Metrics } from '../metrics/metrics.ts';
import type { KafkaSettings } from '../kafka/kafka.settings.ts';
import { AcknowledgedPublisher } from '../kafka/acknowledged-publisher.ts';
import type { OutgoingRecord, RecordProducer } from '../kafka/outgoing-record.ts';
import { PRODUCER } from '../kafka/kafka.module.ts';
import type { LogRecord } from '../kafka/log-record.ts';
import { RecordHeaders } from '../kafka/record-headers.ts';
import { rightsToWrite } from '../kafka/rights.ts';
import { kafkaReason } from '../kafka/trouble.ts';
import type { EventSource } from '../model/event.ts';
import { recordTime } from './record-text.ts';
import { DEAD_LETTER_REASONS, type Undecodable } from './undecodable.ts';

type OwnHeaders = readonly (readonly [name: string, value: string])[];

interface DeadLetter extends OutgoingRecord {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** `producers` and `own` together. */
  readonly headers: RecordHeaders;
  /** The headers of the record that was read. */
  readonly producers: RecordHeaders;
  readonly own: OwnHeaders;
}

const OWN = 'dlq.';
const OWN_OR_RENAMED = /^(?:original\.)*dlq\./;
/** If a record has more headers, all of them are left out instead. */
const RENAMED_AT_MOST = 10_000;
/** The message's length if the topic has no room for all of it. */
const SHORT_MESSAGE_CHARACTERS = 64;

@Injectable()
export class DeadLetters {
  readonly #publisher: AcknowledgedPublisher<DeadLetter>;

  constructor(
    @Inject(PRODUCER) producer: RecordProducer,
    @Inject(SETTINGS) settings: KafkaSettings,
    private readonly metrics: Metrics,
  ) {
    metrics.deadLetters.beginWith(...Object.keys(DEAD_LETTER_REASONS).map((reason) => [reason] as const));
    this.#publisher = new AcknowledgedPublisher(producer, {
      topic: settings.DEAD_LETTER_TOPIC,
      shrink: shrunk,
      // There may be thousands of tiny records. As objects they would take a hundred times their bytes.
      packed: true,
      describe: placeOf,
      explain: (error) => kafkaReason(error, settings, rightsToWrite(settings.DEAD_LETTER_TOPIC)),
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

  /** How many records were given up because the topic refused even their shortest form. */
  get leftOut(): number {
    return this.#publisher.leftOut;
  }

  publish(record: LogRecord, source: EventSource, fault: Undecodable, acknowledged: () => void): void {
    this.metrics.deadLetters.of(fault.reason).add();
    const { key, value, headers } = record;
    // Copies: key and value are parts of a fetch. Without copies the whole fetch would stay in memory.
    const letter = {
      key: key && Buffer.from(key),
      value: value && Buffer.from(value),
      ...withHeaders(headers, deadLetterHeaders(record, source, fault)),
      acknowledged,
    };
    this.#publisher.publish(withDlqHeadersRenamed(letter));
  }

  close(): void {
    this.#publisher.close();
  }
}

export function deadLetterHeaders(record: LogRecord, source: EventSource, fault: Undecodable): OwnHeaders {
  const { unread, offset } = record;
  return [
    ['dlq.topic', source.topic],
    ['dlq.partition', String(source.partition)],
    ['dlq.offset', source.offset],
    ...(unread === null ? [] : [['dlq.last_offset', String(offset)] as const]),
    ['dlq.reason', fault.reason],
    ['dlq.message', fault.message],
    ['dlq.timestamp', recordTime(record)],
  ];
}

function withHeaders(
  producers: RecordHeaders,
  own: OwnHeaders,
): Pick<DeadLetter, 'headers' | 'producers' | 'own'> {
  const headers = producers.followedBy(RecordHeaders.of(own));
  const copied = headers.bytes.subarray(0, producers.bytes.length);
  return { headers, producers: new RecordHeaders(producers.count, copied), own };
}

function withDlqHeadersRenamed(letter: DeadLetter): DeadLetter {
  const { producers, own } = letter;
  if (!producers.bytes.includes(OWN)) return letter;
  if (producers.count > RENAMED_AT_MOST) return withoutHeaders(letter);
  const named = [...producers].map(
    ([name, value]) => [OWN_OR_RENAMED.test(name) ? `original.${name}` : name, value] as const,
  );
  return { ...letter, ...withHeaders(RecordHeaders.of(named), own) };
}

/**
 * Makes a dead letter shorter that the topic refused. It leaves out the largest part, and a header says how many bytes are
 * missing. They are still in the events topic, at `dlq.offset`. At last the message is cut.
 *
 * @returns null when nothing more can be left out.
 */
function shrunk(letter: DeadLetter): DeadLetter | null {
  const { key, value, producers } = letter;
  const sizes = { value: value?.length ?? 0, headers: producers.bytes.length, key: key?.length ?? 0 };
  const largest = Math.max(sizes.value, sizes.headers, sizes.key);
  if (largest === 0) return withShortMessage(letter);
  if (sizes.value === largest) return { ...letter, value: null, ...omitting(letter, 'value', largest) };
  if (sizes.headers === largest) return withoutHeaders(letter);
  return { ...letter, key: null, ...omitting(letter, 'key', largest) };
}

function withoutHeaders(letter: DeadLetter): DeadLetter {
  const { producers, own } = letter;
  return {
    ...letter,
    ...omitting({ producers: RecordHeaders.none, own }, 'headers', producers.contentBytes),
  };
}

function omitting(
  { producers, own }: Pick<DeadLetter, 'producers' | 'own'>,
  part: string,
  bytes: number,
): Pick<DeadLetter, 'headers' | 'producers' | 'own'> {
  return withHeaders(producers, [...own, [`dlq.${part}_omitted_bytes`, String(bytes)]]);
}

function withShortMessage(letter: DeadLetter): DeadLetter | null {
  const { producers, own } = letter;
  const at = own.findIndex(([name]) => name === 'dlq.message');
  const message = own[at]?.[1] ?? '';
  if (message.length <= SHORT_MESSAGE_CHARACTERS) return null;
  const short = own.with(at, ['dlq.message', message.slice(0, SHORT_MESSAGE_CHARACTERS)]);
  return { ...letter, ...withHeaders(producers, short) };
}

/** For the log: the place of the record that was read. */
function placeOf({ own }: DeadLetter): object {
  const values = new Map(own);
  return {
    topic: values.get('dlq.topic'),
    partition: Number(values.get('dlq.partition')),
    offset: values.get('dlq.offset'),
    reason: values.get('dlq.reason'),
  };
}
