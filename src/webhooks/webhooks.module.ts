/** The REST API for webhooks. Exports what other rooms need: loading webhooks, their changes and their health. */
import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.ts';
import { SETTINGS } from '../config/config.module.ts';
import type { SecretsSettings } from '../secrets/secrets.settings.ts';
import { FOR_DELIVERIES } from '../database/data-source.ts';
import { JwksController } from './jwks.controller.ts';
import { SecretBox } from '../secrets/secret-box.ts';
import { ServiceKey } from '../secrets/service-key.ts';
import { StoredSecrets } from '../secrets/stored-secrets.ts';
import { TriggersController } from './triggers.controller.ts';
import { WebhookChanges } from './webhook-changes.ts';
import { WebhookEntity } from './webhook.entity.ts';
import { WebhookHealthService } from './webhook-health.service.ts';
import { WebhookLoader } from './webhook-loader.ts';
import { WebhookStarts } from './webhook-starts.ts';
import { WebhooksController } from './webhooks.controller.ts';
import { WebhooksService } from './webhooks.service.ts';

@Module({
  imports: [
    TypeOrmModule.forFeature([WebhookEntity]),
    TypeOrmModule.forFeature([WebhookEntity], FOR_DELIVERIES),
    AuditModule,
  ],
  controllers: [WebhooksController, TriggersController, JwksController],
  providers: [
    WebhooksService,
    WebhookHealthService,
    WebhookChanges,
    WebhookStarts,
    WebhookLoader,
    StoredSecrets,
    ServiceKey,
    {
      provide: SecretBox,
      useFactory: (settings: SecretsSettings) => new SecretBox(settings.SECRETS_KEY),
      inject: [SETTINGS],
    },
  ],
  exports: [WebhookLoader, WebhookHealthService, WebhookChanges, WebhookStarts, StoredSecrets],
})
export class WebhooksModule {}
