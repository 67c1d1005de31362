/**
 * What cannot be read goes to the dead-letter topic: the bytes, key and headers as they came, and beside them where
 * it was read from and why it is there. The record's offset is finished when the topic has acknowledged it.
 */
import { Inject, Injectable } from '@nestjs/common';
import type { IHeaders, KafkaMessage, Producer } from 'kafkajs';
import { SETTINGS } from '../config/config.module.ts';
import type { KafkaSettings } from '../kafka/kafka.settings.ts';
import { AcknowledgedPublisher, recordBytes, type OutgoingRecord } from '../kafka/acknowledged-publisher.ts';
import { PRODUCER } from '../kafka/kafka.module.ts';
import { rightsToWrite } from '../kafka/rights.ts';
import { kafkaReason } from '../kafka/trouble.ts';
import type { EventSource } from '../model/event.ts';
import { recordTime } from './record-text.ts';
import type { Undecodable } from './undecodable.ts';

@Injectable()
export class DeadLetters {
  readonly #publisher: AcknowledgedPublisher;

  constructor(@Inject(PRODUCER) producer: Pick<Producer, 'send'>, @Inject(SETTINGS) settings: KafkaSettings) {
    this.#publisher = new AcknowledgedPublisher(producer, {
      topic: settings.DEAD_LETTER_TOPIC,
      shrink: shrunk,
      explain: (error) => kafkaReason(error, settings, rightsToWrite(settings.DEAD_LETTER_TOPIC)),
    });
  }

  /** Why the topic does not take records; null while it does. */
  get trouble(): string | null {
    return this.#publisher.trouble;
  }

  publish(record: KafkaMessage, source: EventSource, fault: Undecodable, acknowledged: () => void): void {
    this.#publisher.publish({
      key: record.key,
      value: record.value,
      headers: { ...record.headers, ...deadLetterHeaders(record, source, fault) },
      acknowledged,
    });
  }

  close(): void {
    this.#publisher.close();
  }
}

export function deadLetterHeaders(record: KafkaMessage, source: EventSource, fault: Undecodable): IHeaders {
  return {
    'dlq.topic': source.topic,
    'dlq.partition': String(source.partition),
    'dlq.offset': source.offset,
    'dlq.reason': fault.reason,
    'dlq.message': fault.message,
    'dlq.timestamp': recordTime(record),
  };
}

/**
 * What is too large even for the dead-letter topic is left out, the largest parts first, until it fits: it stays in the
 * events topic, where `dlq.offset` points to it, and a header says how many bytes are missing. Null when nothing is left
 * to leave out.
 */
function shrunk(record: OutgoingRecord): OutgoingRecord | null {
  if (record.value !== null) return omitting(record, 'value', { ...record, value: null });
  const own = Object.entries(record.headers).filter(([name]) => name.startsWith('dlq.'));
  if (own.length < Object.keys(record.headers).length) {
    return omitting(record, 'headers', { ...record, headers: Object.fromEntries(own) });
  }
  return record.key === null ? null : omitting(record, 'key', { ...record, key: null });
}

function omitting(before: OutgoingRecord, part: string, after: OutgoingRecord): OutgoingRecord {
  const omitted = String(recordBytes(before) - recordBytes(after));
  return { ...after, headers: { ...after.headers, [`dlq.${part}_omitted_bytes`]: omitted } };
}
