import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.ts';
import { PipelineModule } from '../pipeline/pipeline.module.ts';
import { WebhooksModule } from '../webhooks/webhooks.module.ts';
import { TestSendController } from './test-send.controller.ts';
import { TestSendService } from './test-send.service.ts';

@Module({
  imports: [PipelineModule, WebhooksModule, AuditModule],
  controllers: [TestSendController],
  providers: [TestSendService],
})
export class TestSendModule {}
