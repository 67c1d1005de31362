/**
 * What cannot be read goes to the dead-letter topic: the bytes, key and headers as they came, and beside them where
 * it was read from and why it is there. The record's offset is finished when the topic has acknowledged it.
 *
 * Headers that begin with `dlq.` are ours. A producer's own, such as those of a dead letter that was sent back as it is, are
 * put away as `original.dlq.…`, and one that is named so already gets one more `original.` before it.
 */
import { Inject, Injectable } from '@nestjs/common';
import type { KafkaMessage, Producer } from 'kafkajs';
import { SETTINGS } from '../config/config.module.ts';
import type { KafkaSettings } from '../kafka/kafka.settings.ts';
import { AcknowledgedPublisher, type OutgoingRecord } from '../kafka/acknowledged-publisher.ts';
import { headerList, type HeaderList } from '../kafka/header-list.ts';
import { PRODUCER } from '../kafka/kafka.module.ts';
import { rightsToWrite } from '../kafka/rights.ts';
import { kafkaTrouble } from '../kafka/trouble.ts';
import type { EventSource } from '../model/event.ts';
import { recordTime } from './record-text.ts';
import type { Undecodable } from './undecodable.ts';

interface DeadLetter extends OutgoingRecord {
  readonly headers: HeaderList;
}

const OWN = 'dlq.';
const PUT_AWAY = 'original.';
const OWN_OR_PUT_AWAY = /^(?:original\.)*dlq\./;
/** Of what was wrong, where the topic has no room for more of it. */
const SHORT_MESSAGE_CHARACTERS = 64;

@Injectable()
export class DeadLetters {
  readonly #publisher: AcknowledgedPublisher<DeadLetter>;

  constructor(@Inject(PRODUCER) producer: Pick<Producer, 'send'>, @Inject(SETTINGS) settings: KafkaSettings) {
    this.#publisher = new AcknowledgedPublisher(producer, {
      topic: settings.DEAD_LETTER_TOPIC,
      shrink: shrunk,
      describe: placeOf,
      explain: (error) => kafkaTrouble(error, settings, rightsToWrite(settings.DEAD_LETTER_TOPIC)),
    });
  }

  /** Why the topic does not take records; null while it does. */
  get trouble(): string | null {
    return this.#publisher.trouble;
  }

  /** How many records the topic took in no form. */
  get leftOut(): number {
    return this.#publisher.leftOut;
  }

  publish(record: KafkaMessage, source: EventSource, fault: Undecodable, acknowledged: () => void): void {
    this.#publisher.publish({
      key: record.key,
      value: record.value,
      headers: [
        ...headerList(record.headers).map(putAway),
        ...Object.entries(deadLetterHeaders(record, source, fault)),
      ],
      acknowledged,
    });
  }

  close(): void {
    this.#publisher.close();
  }
}

export function deadLetterHeaders(
  record: KafkaMessage,
  source: EventSource,
  fault: Undecodable,
): Record<string, string> {
  return {
    'dlq.topic': source.topic,
    'dlq.partition': String(source.partition),
    'dlq.offset': source.offset,
    'dlq.reason': fault.reason,
    'dlq.message': fault.message,
    'dlq.timestamp': recordTime(record),
  };
}

function putAway(header: HeaderList[number]): HeaderList[number] {
  const [name, value] = header;
  return OWN_OR_PUT_AWAY.test(name) ? [PUT_AWAY + name, value] : header;
}

/**
 * What the dead-letter topic does not take is left out, the largest part first, until it fits: it stays in the events
 * topic, where `dlq.offset` points to it, and a header says how many bytes are missing. At last the message is cut short.
 * Null when nothing is left to leave out.
 */
function shrunk(letter: DeadLetter): DeadLetter | null {
  const { key, value, headers } = letter;
  const own = headers.filter(([name]) => name.startsWith(OWN));
  const [largest] = [
    { part: 'value', bytes: value?.length ?? 0, without: { ...letter, value: null } },
    { part: 'headers', bytes: lengthOf(headers) - lengthOf(own), without: { ...letter, headers: own } },
    { part: 'key', bytes: key?.length ?? 0, without: { ...letter, key: null } },
  ].sort((one, other) => other.bytes - one.bytes);
  if (!largest || largest.bytes === 0) return withShortMessage(letter);
  const { part, bytes, without } = largest;
  return { ...without, headers: [...without.headers, [`dlq.${part}_omitted_bytes`, String(bytes)]] };
}

function lengthOf(headers: HeaderList): number {
  return headers.reduce((sum, [name, value]) => sum + name.length + (value?.length ?? 0), 0);
}

function withShortMessage(letter: DeadLetter): DeadLetter | null {
  const { headers } = letter;
  const at = headers.findLastIndex(([name]) => name === 'dlq.message');
  const message = headers[at]?.[1]?.toString() ?? '';
  if (message.length <= SHORT_MESSAGE_CHARACTERS) return null;
  return {
    ...letter,
    headers: headers.with(at, ['dlq.message', message.slice(0, SHORT_MESSAGE_CHARACTERS)]),
  };
}

/** As the log names the record that was read. */
function placeOf({ headers }: DeadLetter): Record<string, unknown> {
  const own = new Map(headers);
  return {
    topic: own.get('dlq.topic'),
    partition: Number(own.get('dlq.partition')),
    offset: own.get('dlq.offset'),
    reason: own.get('dlq.reason'),
  };
}
