/**
 * What cannot be read goes to the dead-letter topic: the bytes, key and headers as they came, and beside them where
 * it was read from and why it is there. The record's offset is finished when the topic has acknowledged it.
 */
import { Inject, Injectable } from '@nestjs/common';
import type { Producer } from 'kafkajs';
import { SETTINGS } from '../config/config.module.ts';
import type { KafkaSettings } from '../kafka/kafka.settings.ts';
import { AcknowledgedPublisher, type OutgoingRecord } from '../kafka/acknowledged-publisher.ts';
import { PRODUCER } from '../kafka/kafka.module.ts';
import type { LogRecord } from '../kafka/log-record.ts';
import { RecordHeaders, type Header } from '../kafka/record-headers.ts';
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

  publish(record: LogRecord, source: EventSource, fault: Undecodable, acknowledged: () => void): void {
    const { key, value, headers } = record;
    // Copies: they are parts of a whole fetch, which would stay in memory with them.
    this.#publisher.publish({
      key: key && Buffer.from(key),
      value: value && Buffer.from(value),
      headers: headers.followedBy(RecordHeaders.of(deadLetterHeaders(record, source, fault))),
      acknowledged,
    });
  }

  close(): void {
    this.#publisher.close();
  }
}

export function deadLetterHeaders(
  record: LogRecord,
  source: EventSource,
  fault: Undecodable,
): [name: string, value: string][] {
  const { unread, offset } = record;
  return [
    ['dlq.topic', source.topic],
    ['dlq.partition', String(source.partition)],
    ['dlq.offset', source.offset],
    ...(unread === null ? [] : [['dlq.last_offset', String(offset)] as [string, string]]),
    ['dlq.reason', fault.reason],
    ['dlq.message', fault.message],
    ['dlq.timestamp', recordTime(record)],
  ];
}

/**
 * What is too large even for the dead-letter topic is left out, the largest parts first, until it fits: it stays in the
 * events topic, where `dlq.offset` points to it, and a header says how many bytes are missing. Null when nothing is left
 * to leave out.
 */
function shrunk(record: OutgoingRecord): OutgoingRecord | null {
  const { key, value } = record;
  const headers = record.headers as RecordHeaders;
  if (value !== null) return { ...record, value: null, headers: omitting('value', value.length, headers) };
  const own: Header[] = [];
  let foreignBytes = 0;
  for (const header of headers) {
    if (header[0].startsWith('dlq.')) own.push(header);
    else foreignBytes += header[0].length + (header[1]?.length ?? 0);
  }
  if (own.length < headers.count)
    return { ...record, headers: omitting('headers', foreignBytes, RecordHeaders.of(own)) };
  if (key === null) return null;
  return { ...record, key: null, headers: omitting('key', key.length, headers) };
}

function omitting(part: string, bytes: number, headers: RecordHeaders): RecordHeaders {
  return headers.followedBy(RecordHeaders.of([[`dlq.${part}_omitted_bytes`, String(bytes)]]));
}
