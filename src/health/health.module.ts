import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { CatchUpModule } from '../catch-up/catch-up.module.ts';
import { HistoryModule } from '../history/history.module.ts';
import { IntakeModule } from '../intake/intake.module.ts';
import { KafkaModule } from '../kafka/kafka.module.ts';
import { MatchingModule } from '../matching/matching.module.ts';
import { ResultsModule } from '../results/results.module.ts';
import { DatabaseHealth } from './database-health.ts';
import { DeliveryModule } from '../delivery/delivery.module.ts';
import { PipelineModule } from '../pipeline/pipeline.module.ts';
import { RetriesModule } from '../retries/retries.module.ts';
import { Gauges } from './gauges.ts';
import { MetricsController } from './metrics.controller.ts';
import { HealthController } from './health.controller.ts';

@Module({
  imports: [
    TerminusModule.forRoot({ logger: false }),
    KafkaModule,
    CatchUpModule,
    HistoryModule,
    IntakeModule,
    MatchingModule,
    DeliveryModule,
    RetriesModule,
    ResultsModule,
    PipelineModule,
  ],
  providers: [DatabaseHealth, Gauges],
  controllers: [HealthController, MetricsController],
  exports: [Gauges],
})
export class HealthModule {}
