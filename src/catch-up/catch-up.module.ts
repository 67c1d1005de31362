/** Connects the parts of catch-up: the cursors of the partitions that this process owns, and the REST API of replays. */
import { Module } from '@nestjs/common';
import { getDataSourceToken } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { AuditModule } from '../audit/audit.module.ts';
import { FOR_DELIVERIES } from '../database/data-source.ts';
import { HistoryModule } from '../history/history.module.ts';
import { KafkaModule } from '../kafka/kafka.module.ts';
import { TopicLogs } from '../kafka/topic-logs.ts';
import { Lanes } from '../lanes/lanes.ts';
import { WebhookIndex } from '../matching/webhook-index.ts';
import { PipelineModule } from '../pipeline/pipeline.module.ts';
import { PipelineService } from '../pipeline/pipeline.service.ts';
import { RetryWriter } from '../retries/retry-writer.ts';
import { WebhooksModule } from '../webhooks/webhooks.module.ts';
import { Allowance } from './allowance.ts';
import { CatchUpTimers } from './catch-up-timers.ts';
import { CatchUp } from './catch-up.ts';
import { LogRangeController } from './log-range.controller.ts';
import { LogTimes } from './log-times.ts';
import { CursorTable } from './cursor-table.ts';
import { ReplayTable } from './replay-table.ts';
import { ReplaysController } from './replays.controller.ts';
import { ReplaysService } from './replays.service.ts';
import { ResendService } from './resend.service.ts';
import { RowRecovery } from './row-recovery.ts';

/** For all webhooks together. */
const LIMITS = { deliveries: 2_000, bytes: 32 * 1024 * 1024, batches: 64 };

@Module({
  imports: [KafkaModule, PipelineModule, WebhooksModule, HistoryModule, AuditModule],
  controllers: [ReplaysController, LogRangeController],
  providers: [
    CursorTable,
    LogTimes,
    ReplayTable,
    ReplaysService,
    ResendService,
    {
      provide: RowRecovery,
      useFactory: (dataSource: DataSource, writer: RetryWriter, times: LogTimes) =>
        new RowRecovery(dataSource, writer, times),
      inject: [getDataSourceToken(FOR_DELIVERIES), RetryWriter, LogTimes],
    },
    {
      provide: CatchUp,
      useFactory: (
        store: CursorTable,
        webhooks: WebhookIndex,
        logs: TopicLogs,
        pipeline: PipelineService,
        lanes: Lanes,
        recovery: RowRecovery,
        { backlog }: RetryWriter,
      ) =>
        new CatchUp({
          store,
          webhooks,
          cursors: {
            log: logs.events,
            pipeline,
            allowance: new Allowance(lanes, LIMITS),
            elapsed: () => performance.now(),
          },
          recovery,
          backlog,
          soon: setImmediate,
          after: (ms, callback) => void setTimeout(callback, ms).unref(),
        }),
      inject: [CursorTable, WebhookIndex, TopicLogs, PipelineService, Lanes, RowRecovery, RetryWriter],
    },
    CatchUpTimers,
  ],
  exports: [CatchUp, CatchUpTimers],
})
export class CatchUpModule {}
