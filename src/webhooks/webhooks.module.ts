/** REST for webhooks, and the webhooks for the other rooms. */
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.ts';
import { TriggersController } from './triggers.controller.ts';
import { WebhookChanges } from './webhook-changes.ts';
import { WebhookEntity } from './webhook.entity.ts';
import { WebhookHealthService } from './webhook-health.service.ts';
import { WebhooksController } from './webhooks.controller.ts';
import { WebhooksService } from './webhooks.service.ts';

@Module({
  imports: [TypeOrmModule.forFeature([WebhookEntity]), AuditModule],
  controllers: [WebhooksController, TriggersController],
  providers: [WebhooksService, WebhookHealthService, WebhookChanges],
  exports: [WebhooksService, WebhookHealthService, WebhookChanges],
})
export class WebhooksModule {}
