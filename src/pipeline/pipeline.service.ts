/**
 * The whole story of an event: taken from intake, matched, delivered in the lanes of its webhooks, every attempt
 * published, and finished when all of that is done. The only place that knows the order of the stages.
 *
 *   intake ──> matching ──> delivery ──> results ──> finished (its offset may be committed)
 *                              └─ failed: again in its lane, a few seconds later
 */
import { Inject, Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/config.module.ts';
import { Lanes } from '../delivery/lanes.ts';
import { IntakeService } from '../intake/intake.service.ts';
import type { EventSink, ReceivedEvent } from '../intake/received-event.ts';
import { MatchingService } from '../matching/matching.service.ts';
import { ResultsService } from '../results/results.service.ts';
import { jittered } from '../retries/backoff.ts';
import { AttemptRunner } from './attempt-runner.ts';
import { FreshDelivery, type DeliveryStages } from './fresh-delivery.ts';

const RETRY_IN_PLACE_MS = 3_000;
const DRAIN_TIMEOUT_MS = 20_000;

@Injectable()
export class PipelineService implements EventSink, OnModuleInit, BeforeApplicationShutdown {
  readonly #stages: DeliveryStages;

  constructor(
    private readonly intake: IntakeService,
    private readonly matching: MatchingService,
    private readonly lanes: Lanes,
    private readonly results: ResultsService,
    attempts: AttemptRunner,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {
    this.#stages = {
      attempts,
      currentWebhook: (webhookId) => matching.find(webhookId),
      publish: (attempt, received, acknowledged) => {
        results.publish(attempt, received.event.trace, acknowledged);
      },
      retryDelayMs: () => jittered(RETRY_IN_PLACE_MS, Math.random()),
    };
  }

  onModuleInit(): void {
    this.intake.deliverTo(this);
  }

  accept(received: ReceivedEvent): void {
    const webhooks = this.matching.match(received.event.type);
    let open = webhooks.length;
    if (open === 0) {
      received.finish();
      return;
    }
    const finished = (): void => {
      open -= 1;
      if (open === 0) received.finish();
    };
    for (const webhook of webhooks) {
      this.lanes.submit(
        new FreshDelivery(this.#stages, received, webhook, this.settings.MAX_IN_FLIGHT_PER_WEBHOOK, finished),
      );
    }
  }

  /** The drain: while consumer, producer and database are still there, finish what was begun and commit it. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.intake.drain(DRAIN_TIMEOUT_MS);
    await this.results.flush();
  }
}
