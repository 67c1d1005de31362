/** What becomes of an event, and why. Exports what shows the request of a delivery, and what reads an event back. */
import { Module } from '@nestjs/common';
import { DeliveryModule } from '../delivery/delivery.module.ts';
import { KafkaModule } from '../kafka/kafka.module.ts';
import { WebhooksModule } from '../webhooks/webhooks.module.ts';
import { EventLookup } from './event-lookup.ts';
import { ExplainController } from './explain.controller.ts';
import { ExplainService } from './explain.service.ts';
import { RequestPreviews } from './request-previews.ts';

@Module({
  imports: [KafkaModule, DeliveryModule, WebhooksModule],
  controllers: [ExplainController],
  providers: [EventLookup, RequestPreviews, ExplainService],
  exports: [EventLookup, RequestPreviews],
})
export class ExplainModule {}
