/** Provides the client, the producer that all publishers share, the transport of the events topic, and the log readers. */
import { Module } from '@nestjs/common';
import { SETTINGS } from '../config/config.module.ts';
import type { KafkaSettings } from './kafka.settings.ts';
import { BatchTransport } from './batch-transport.ts';
import { createKafka } from './kafka-client.ts';
import { Metrics } from '../metrics/metrics.ts';
import { Kafka } from './kafkajs.ts';
import { rightsToRead } from './rights.ts';
import { kafkaReason } from './trouble.ts';
import { rememberingPartitioner } from './remembering-partitioner.ts';
import { GroupPlaces } from './group-places.ts';
import { TopicLogs } from './topic-logs.ts';

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
      useFactory: (kafka: Kafka, settings: KafkaSettings, metrics: Metrics) =>
        new BatchTransport(kafka, {
          groupId: settings.KAFKA_GROUP_ID,
          topic: settings.USER_EVENTS_TOPIC,
          maxRecordBytes: settings.MAX_EVENT_BYTES,
          explain: (error) => kafkaReason(error, settings, rightsToRead(settings)),
          metrics,
        }),
      inject: [Kafka, SETTINGS, Metrics],
    },
    {
      provide: GroupPlaces,
      useFactory: (kafka: Kafka, logs: TopicLogs, settings: KafkaSettings) =>
        new GroupPlaces(kafka, logs.events, settings.KAFKA_GROUP_ID),
      inject: [Kafka, TopicLogs, SETTINGS],
    },
    {
      provide: TopicLogs,
      useFactory: (settings: KafkaSettings) => new TopicLogs(settings),
      inject: [SETTINGS],
    },
  ],
  exports: [Kafka, PRODUCER, BatchTransport, GroupPlaces, TopicLogs],
})
export class KafkaModule {}
