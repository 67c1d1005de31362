/** The modules of all rooms: first what the others need, then the way of an event in its order, then REST and health. */
import { Module, type DynamicModule } from '@nestjs/common';
import { AuditModule } from './audit/audit.module.ts';
import { AuthModule } from './auth/auth.module.ts';
import { CatchUpModule } from './catch-up/catch-up.module.ts';
import { ConfigModule } from './config/config.module.ts';
import { DatabaseModule } from './database/database.module.ts';
import { DeliveryModule } from './delivery/delivery.module.ts';
import { DeadLettersModule } from './dead-letters/dead-letters.module.ts';
import { ExplainModule } from './explain/explain.module.ts';
import { HistoryModule } from './history/history.module.ts';
import { HealthModule } from './health/health.module.ts';
import { IntakeModule } from './intake/intake.module.ts';
import { KafkaModule } from './kafka/kafka.module.ts';
import { Lifecycle } from './lifecycle.ts';
import { logging } from './logging/logging.ts';
import { MatchingModule } from './matching/matching.module.ts';
import { MetricsModule } from './metrics/metrics.module.ts';
import type { Spans } from './metrics/spans.ts';
import { NoticesModule } from './notices/notices.module.ts';
import { PipelineModule } from './pipeline/pipeline.module.ts';
import { ResultsModule } from './results/results.module.ts';
import { RetriesModule } from './retries/retries.module.ts';
import { RolesModule } from './roles/roles.module.ts';
import type { Settings } from './settings.ts';
import { TestSendModule } from './test-send/test-send.module.ts';
import { WebhooksModule } from './webhooks/webhooks.module.ts';

@Module({})
export class AppModule {
  static with(settings: Settings, spans: Spans): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.with(settings),
        MetricsModule.with({ byWebhook: settings.METRICS_BY_WEBHOOK }, spans),
        logging(settings),
        DatabaseModule,
        RolesModule,
        KafkaModule,
        IntakeModule,
        MatchingModule,
        DeliveryModule,
        RetriesModule,
        ResultsModule,
        NoticesModule,
        PipelineModule,
        CatchUpModule,
        HistoryModule,
        TestSendModule,
        ExplainModule,
        DeadLettersModule,
        WebhooksModule,
        AuditModule,
        AuthModule,
        HealthModule,
      ],
      providers: [Lifecycle],
    };
  }
}
