/** The client, the producer that all publishers share, and the batch transport of the events topic. */
import { Module } from '@nestjs/common';
import { SETTINGS } from '../config/config.module.ts';
import type { KafkaSettings } from './kafka.settings.ts';
import { BatchTransport } from './batch-transport.ts';
import { createKafka } from './kafka-client.ts';
import { Kafka } from './kafkajs.ts';
import { rightsToRead } from './rights.ts';
import { kafkaReason } from './trouble.ts';
import { rememberingPartitioner } from './remembering-partitioner.ts';

/** The injection token of the shared producer. */
export const PRODUCER = Symbol('producer');

@Module({
  providers: [
    { provide: Kafka, useFactory: createKafka, inject: [SETTINGS] },
    {
      provide: PRODUCER,
      useFactory: (kafka: Kafka) =>
        kafka.producer({ createPartitioner: rememberingPartitioner, allowAutoTopicCreation: false }),
      inject: [Kafka],
    },
    {
      provide: BatchTransport,
      useFactory: (kafka: Kafka, settings: KafkaSettings) =>
        new BatchTransport(kafka, {
          groupId: settings.KAFKA_GROUP_ID,
          topic: settings.USER_EVENTS_TOPIC,
          maxRecordBytes: settings.MAX_EVENT_BYTES,
          explain: (error) => kafkaReason(error, settings, rightsToRead(settings)),
        }),
      inject: [Kafka, SETTINGS],
    },
  ],
  exports: [Kafka, PRODUCER, BatchTransport],
})
export class KafkaModule {}
