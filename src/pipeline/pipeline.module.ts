import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.ts';
import { DeliveryModule } from '../delivery/delivery.module.ts';
import { IntakeModule } from '../intake/intake.module.ts';
import { MatchingModule } from '../matching/matching.module.ts';
import { RetriesModule } from '../retries/retries.module.ts';
import { ResultsModule } from '../results/results.module.ts';
import { WebhooksModule } from '../webhooks/webhooks.module.ts';
import { Drain } from './drain.ts';
import { lanesProvider } from './lanes.provider.ts';
import { HealthNotes } from './health-notes.ts';
import { RetryWorker } from './retry-worker.ts';
import { AttemptRunner } from './attempt-runner.ts';
import { PipelineService } from './pipeline.service.ts';
import { TestSendController } from './test-send.controller.ts';
import { TestSendService } from './test-send.service.ts';

@Module({
  imports: [
    IntakeModule,
    MatchingModule,
    DeliveryModule,
    RetriesModule,
    ResultsModule,
    WebhooksModule,
    AuditModule,
  ],
  controllers: [TestSendController],
  providers: [
    lanesProvider,
    PipelineService,
    RetryWorker,
    HealthNotes,
    AttemptRunner,
    Drain,
    TestSendService,
  ],
})
export class PipelineModule {}
