import { Module } from '@nestjs/common';
import { WebhooksModule } from '../webhooks/webhooks.module.ts';
import { MatchingService } from './matching.service.ts';
import { WebhookIndex } from './webhook-index.ts';

@Module({
  imports: [WebhooksModule],
  providers: [
    MatchingService,
    {
      provide: WebhookIndex,
      useFactory: ({ index }: MatchingService) => index,
      inject: [MatchingService],
    },
  ],
  exports: [MatchingService, WebhookIndex],
})
export class MatchingModule {}
