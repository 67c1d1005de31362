import { Module } from '@nestjs/common';
import { WebhooksModule } from '../webhooks/webhooks.module.ts';
import { MatchingService } from './matching.service.ts';

@Module({
  imports: [WebhooksModule],
  providers: [MatchingService],
  exports: [MatchingService],
})
export class MatchingModule {}
