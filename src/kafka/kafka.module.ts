/** The client, the producer that all publishers share, and the batch transport of the events topic. */
import { Inject, Injectable, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Producer } from 'kafkajs';
import { SETTINGS, type Settings } from '../config/config.module.ts';
import { BatchTransport } from './batch-transport.ts';
import { createKafka } from './kafka-client.ts';
import { Kafka } from './kafkajs.ts';
import { rightsToRead } from './rights.ts';
import { kafkaTrouble } from './trouble.ts';
import { rememberingPartitioner } from './remembering-partitioner.ts';

/** The injection token of the shared producer. */
export const PRODUCER = Symbol('producer');

/** Connects the producer at start and closes it only after the consumer has stopped and the pipeline has drained. */
@Injectable()
export class ProducerLifecycle implements OnModuleInit, OnApplicationShutdown {
  constructor(@Inject(PRODUCER) private readonly producer: Producer) {}

  async onModuleInit(): Promise<void> {
    await this.producer.connect();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.producer.disconnect();
  }
}

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
      useFactory: (kafka: Kafka, settings: Settings) =>
        new BatchTransport(kafka, {
          groupId: settings.KAFKA_GROUP_ID,
          topic: settings.USER_EVENTS_TOPIC,
          maxRecordBytes: settings.MAX_EVENT_BYTES,
          explain: (error) => kafkaTrouble(error, settings, rightsToRead(settings)),
        }),
      inject: [Kafka, SETTINGS],
    },
    ProducerLifecycle,
  ],
  exports: [PRODUCER, BatchTransport],
})
export class KafkaModule {}
