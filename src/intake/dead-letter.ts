/**
 * What cannot be read goes to the dead-letter topic: the bytes, key and headers as they came, and beside them where
 * it was read from and why it is there. The record's offset is finished when the topic has acknowledged it.
 */
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { IHeaders, KafkaMessage, Producer } from 'kafkajs';
import { SETTINGS, type Settings } from '../config/config.module.ts';
import { AcknowledgedPublisher, type OutgoingRecord } from '../kafka/acknowledged-publisher.ts';
import { PRODUCER } from '../kafka/kafka.module.ts';
import type { EventSource } from '../model/event.ts';
import { recordTime } from './record-text.ts';
import type { Undecodable } from './undecodable.ts';

const MAX_MESSAGE_CHARACTERS = 1_000;

@Injectable()
export class DeadLetters implements OnApplicationShutdown {
  readonly #publisher: AcknowledgedPublisher;

  constructor(@Inject(PRODUCER) producer: Producer, @Inject(SETTINGS) settings: Settings) {
    this.#publisher = new AcknowledgedPublisher(producer, {
      topic: settings.DEAD_LETTER_TOPIC,
      shrink: withoutValue,
    });
  }

  get working(): boolean {
    return this.#publisher.working;
  }

  publish(record: KafkaMessage, source: EventSource, fault: Undecodable, acknowledged: () => void): void {
    this.#publisher.publish({
      key: record.key,
      value: record.value,
      headers: { ...record.headers, ...deadLetterHeaders(record, source, fault) },
      acknowledged,
    });
  }

  onApplicationShutdown(): void {
    this.#publisher.close();
  }
}

export function deadLetterHeaders(record: KafkaMessage, source: EventSource, fault: Undecodable): IHeaders {
  return {
    'dlq.topic': source.topic,
    'dlq.partition': String(source.partition),
    'dlq.offset': source.offset,
    'dlq.reason': fault.reason,
    'dlq.message': fault.message.slice(0, MAX_MESSAGE_CHARACTERS),
    'dlq.timestamp': recordTime(record),
  };
}

/** A value too large even for the dead-letter topic stays in the events topic, where `dlq.offset` points to it. */
function withoutValue(record: OutgoingRecord): OutgoingRecord {
  return {
    ...record,
    value: null,
    headers: { ...record.headers, 'dlq.value_omitted_bytes': String(record.value?.length ?? 0) },
  };
}
