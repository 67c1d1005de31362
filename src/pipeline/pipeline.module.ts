/** Builds the pipeline from the stages. If tracing is on, it wraps them so that each writes its spans. */
import { Module } from '@nestjs/common';
import { SETTINGS } from '../config/config.module.ts';
import { durationMs } from '../config/duration.ts';
import { DeliveryModule } from '../delivery/delivery.module.ts';
import { RequestBuilder } from '../delivery/request.ts';
import { Sender } from '../delivery/sender.ts';
import { IntakeModule } from '../intake/intake.module.ts';
import { IntakeService } from '../intake/intake.service.ts';
import type { EventSink } from '../intake/received-event.ts';
import type { LaneRules } from '../lanes/lane.ts';
import { Lanes } from '../lanes/lanes.ts';
import type { LanesSettings } from '../lanes/lanes.settings.ts';
import type { LoggingSettings } from '../logging/logging.settings.ts';
import { MatchingModule } from '../matching/matching.module.ts';
import { MatchingService } from '../matching/matching.service.ts';
import { WebhookIndex } from '../matching/webhook-index.ts';
import { Metrics } from '../metrics/metrics.ts';
import { Spans } from '../metrics/spans.ts';
import { Notices } from '../notices/notices.ts';
import type { NoticesSettings } from '../notices/notices.settings.ts';
import { NoticesModule } from '../notices/notices.module.ts';
import { ResultsModule } from '../results/results.module.ts';
import { ResultsService, shownUsername } from '../results/results.service.ts';
import type { ResultsSettings } from '../results/results.settings.ts';
import { RetriesModule } from '../retries/retries.module.ts';
import type { RetriesSettings } from '../retries/retries.settings.ts';
import { RetryWriter } from '../retries/retry-writer.ts';
import { WebhookHealthService } from '../webhooks/webhook-health.service.ts';
import { WebhooksModule } from '../webhooks/webhooks.module.ts';
import { AttemptMetrics, AttemptRunner, type Attempts, type Clock } from './attempt-runner.ts';
import { Deliveries } from './deliveries.ts';
import { HealthNotes } from './health-notes.ts';
import { PipelineService } from './pipeline.service.ts';
import { RetryWorker } from './retry-worker.ts';
import { TracedAttempts, TracedRetries, TracedSink } from './traced-stages.ts';

/** The functions themselves, and none around them: they are called several times for each delivery. */
const elapsed = performance.now.bind(performance);
const CLOCK: Clock = { now: Date.now, elapsed, random: Math.random };

/** The lanes always use the current limits of the webhooks. */
function makeLanes(settings: LanesSettings, webhooks: WebhookIndex): Lanes {
  const rulesOf = (webhookId: string): LaneRules | null => {
    const webhook = webhooks.find(webhookId);
    if (!webhook) return null;
    const { maxInFlight, rateLimitPerSecond: ratePerSecond } = webhook;
    return { limit: maxInFlight ?? settings.MAX_IN_FLIGHT_PER_WEBHOOK, ratePerSecond };
  };
  return new Lanes(settings.MAX_IN_FLIGHT, rulesOf, {
    now: elapsed,
    after: (ms, callback) => void setTimeout(callback, ms).unref(),
  });
}

@Module({
  imports: [
    IntakeModule,
    MatchingModule,
    DeliveryModule,
    RetriesModule,
    ResultsModule,
    NoticesModule,
    WebhooksModule,
  ],
  providers: [
    { provide: Lanes, useFactory: makeLanes, inject: [SETTINGS, WebhookIndex] },
    {
      provide: AttemptRunner,
      useFactory: (
        requests: RequestBuilder,
        sender: Sender,
        results: ResultsService,
        metrics: Metrics,
        spans: Spans,
        { LOG_LEVEL, RESULTS_USERNAME }: LoggingSettings & ResultsSettings,
      ): Attempts => {
        const attempts = new AttemptRunner(requests, sender, results, CLOCK, {
          logsDelivered: ['debug', 'trace'].includes(LOG_LEVEL),
          metrics: new AttemptMetrics(metrics),
          shownUsername: shownUsername(RESULTS_USERNAME),
        });
        return spans.on ? new TracedAttempts(attempts, spans, results.queue[0]) : attempts;
      },
      inject: [RequestBuilder, Sender, ResultsService, Metrics, Spans, SETTINGS],
    },
    {
      provide: Deliveries,
      useFactory: (
        attempts: Attempts,
        webhooks: WebhookIndex,
        retries: RetryWriter,
        health: HealthNotes,
        spans: Spans,
        { RETRY_SCHEDULE }: RetriesSettings,
      ) => {
        const scheduleMs = RETRY_SCHEDULE.map(durationMs);
        const stages = { attempts, webhooks, retries, health, scheduleMs, clock: CLOCK };
        if (!spans.on) return new Deliveries(stages);
        return new Deliveries({ ...stages, retries: new TracedRetries(retries, spans) });
      },
      inject: [AttemptRunner, WebhookIndex, RetryWriter, HealthNotes, Spans, SETTINGS],
    },
    {
      provide: PipelineService,
      useFactory: (
        intake: IntakeService,
        matching: MatchingService,
        webhooks: WebhookIndex,
        lanes: Lanes,
        retries: RetryWriter,
        worker: RetryWorker,
        deliveries: Deliveries,
        metrics: Metrics,
        notices: Notices,
        spans: Spans,
      ) => {
        const parts = { intake, matching, webhooks, lanes, retries, worker, deliveries, metrics, notices };
        if (!spans.on) return new PipelineService(parts);
        const deliverTo = (sink: EventSink): void => {
          intake.deliverTo(new TracedSink(sink, spans));
        };
        return new PipelineService({
          ...parts,
          intake: { deliverTo },
          retries: new TracedRetries(retries, spans),
        });
      },
      inject: [
        IntakeService,
        MatchingService,
        WebhookIndex,
        Lanes,
        RetryWriter,
        RetryWorker,
        Deliveries,
        Metrics,
        Notices,
        Spans,
      ],
    },
    RetryWorker,
    {
      provide: HealthNotes,
      useFactory: (health: WebhookHealthService, notices: Notices, settings: NoticesSettings) =>
        new HealthNotes(health, notices, settings.NOTICES_FAILING_AFTER),
      inject: [WebhookHealthService, Notices, SETTINGS],
    },
  ],
  exports: [
    AttemptRunner,
    HealthNotes,
    Lanes,
    PipelineService,
    RetryWorker,
    IntakeModule,
    MatchingModule,
    DeliveryModule,
    RetriesModule,
    ResultsModule,
    NoticesModule,
  ],
})
export class PipelineModule {}
