/**
 * What a NestJS user would write in an hour: the Kafka transport, one handler, axios with a keep-alive agent, eight
 * partitions at once. A partition's events go out one after another; nothing is retried but by Kafka's redelivery, and
 * nothing is recorded. The thing to be compared with, so it is kept idiomatic.
 */
import 'reflect-metadata';
import { Agent } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, Payload, Transport, type MicroserviceOptions } from '@nestjs/microservices';
import axios from 'axios';

interface UserEvent {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly data: Record<string, unknown>;
}

const { BROKERS = '', GROUP_ID = '', EVENTS_TOPIC = '', WEBHOOK_URL = '' } = process.env;

const http = axios.create({
  httpAgent: new Agent({ keepAlive: true }),
  httpsAgent: new TlsAgent({ keepAlive: true }),
  timeout: 15_000,
});

@Controller()
class UserEventsController {
  @EventPattern<Record<string, UserEvent>>(EVENTS_TOPIC)
  async deliver(@Payload() event: UserEvent): Promise<void> {
    await http.post(WEBHOOK_URL, event.data, {
      headers: { 'X-Defguard-Event': event.type, 'webhook-id': event.id },
    });
  }
}

@Module({ controllers: [UserEventsController] })
class AppModule {}

const app = await NestFactory.createMicroservice<MicroserviceOptions>(AppModule, {
  logger: ['error'],
  transport: Transport.KAFKA,
  options: {
    client: { clientId: 'plain-nest', brokers: BROKERS.split(',') },
    consumer: { groupId: GROUP_ID },
    subscribe: { fromBeginning: true },
    run: { partitionsConsumedConcurrently: 8 },
  },
});
app.enableShutdownHooks();
await app.listen();
