import { Module } from '@nestjs/common';
import { DeliveryModule } from '../delivery/delivery.module.ts';
import { IntakeModule } from '../intake/intake.module.ts';
import { MatchingModule } from '../matching/matching.module.ts';
import { ResultsModule } from '../results/results.module.ts';
import { WebhooksModule } from '../webhooks/webhooks.module.ts';
import { AttemptRunner } from './attempt-runner.ts';
import { PipelineService } from './pipeline.service.ts';
import { TestSendController } from './test-send.controller.ts';
import { TestSendService } from './test-send.service.ts';

@Module({
  imports: [IntakeModule, MatchingModule, DeliveryModule, ResultsModule, WebhooksModule],
  controllers: [TestSendController],
  providers: [PipelineService, AttemptRunner, TestSendService],
})
export class PipelineModule {}
