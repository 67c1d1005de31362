import { Module } from '@nestjs/common';
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

@Module({
  imports: [IntakeModule, MatchingModule, DeliveryModule, RetriesModule, ResultsModule, WebhooksModule],
  providers: [lanesProvider, PipelineService, RetryWorker, HealthNotes, AttemptRunner, Drain],
  exports: [AttemptRunner],
})
export class PipelineModule {}
