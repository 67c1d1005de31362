/** What is sent again: the cursors of the partitions that this process owns, and the REST API of replays. */
import { Module } from '@nestjs/common';
import { KafkaModule } from '../kafka/kafka.module.ts';
import { TopicLogs } from '../kafka/topic-logs.ts';
import { Lanes } from '../lanes/lanes.ts';
import { MatchingService } from '../matching/matching.service.ts';
import { PipelineModule } from '../pipeline/pipeline.module.ts';
import { PipelineService } from '../pipeline/pipeline.service.ts';
import { WebhooksModule } from '../webhooks/webhooks.module.ts';
import { Allowance } from './allowance.ts';
import { CatchUpTimers } from './catch-up-timers.ts';
import { CatchUp } from './catch-up.ts';
import { LogTimes } from './log-times.ts';
import { CursorTable } from './cursor-table.ts';

/** Over all webhooks. */
const LIMITS = { deliveries: 2_000, bytes: 32 * 1024 * 1024 };

@Module({
  imports: [KafkaModule, PipelineModule, WebhooksModule],
  providers: [
    CursorTable,
    {
      provide: CatchUp,
      useFactory: (
        store: CursorTable,
        matching: MatchingService,
        logs: TopicLogs,
        pipeline: PipelineService,
        lanes: Lanes,
      ) =>
        new CatchUp({
          store,
          matching,
          cursors: {
            log: logs.events,
            pipeline,
            allowance: new Allowance(lanes, LIMITS),
            elapsed: () => performance.now(),
          },
          soon: setImmediate,
          after: (ms, callback) => void setTimeout(callback, ms).unref(),
        }),
      inject: [CursorTable, MatchingService, TopicLogs, PipelineService, Lanes],
    },
    LogTimes,
    CatchUpTimers,
  ],
  exports: [CatchUpTimers],
})
export class CatchUpModule {}
