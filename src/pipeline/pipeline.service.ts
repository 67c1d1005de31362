/**
 * The whole story of an event, and the only place that knows the order of the stages.
 *
 *   intake ──> matching ──> delivery ──> results ──> finished: its offset may be committed
 *                 │             └─ failed ─> retries (Postgres) + results ──> finished
 *                 ├─ an earlier delivery of the user waits at the webhook ─> retries, behind it ──> finished
 *                 ├─ the webhook is enabled and unusable ─> retries ──> finished
 *                 └─ breaker open, or memory short and the lane slow ─> retries ──> finished
 *   retries ──> delivery ──> results ──> retries: gone, due again, or dead
 */
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { SETTINGS, type Settings } from '../config/config.module.ts';
import { durationMs } from '../config/duration.ts';
import { Lanes } from '../lanes/lanes.ts';
import { IntakeService } from '../intake/intake.service.ts';
import type { EventSink, ReceivedEvent } from '../intake/received-event.ts';
import { MatchingService } from '../matching/matching.service.ts';
import type { MatchedWebhook } from '../matching/webhook-index.ts';
import { deliveryId } from './ids.ts';
import { RetryWriter } from '../retries/retry-writer.ts';
import type { StoredDelivery } from '../retries/stored-delivery.ts';
import { AttemptRunner } from './attempt-runner.ts';
import { Delivery } from './delivery.ts';
import type { DeliveryStages } from './delivery-stages.ts';
import { HealthNotes } from './health-notes.ts';
import { OrderGate } from './order-gate.ts';
import { RetryWorker } from './retry-worker.ts';

@Injectable()
export class PipelineService implements EventSink, OnModuleInit {
  readonly #stages: DeliveryStages;
  readonly #gate: OrderGate;

  constructor(
    private readonly intake: IntakeService,
    private readonly matching: MatchingService,
    private readonly lanes: Lanes,
    private readonly retries: RetryWriter,
    private readonly worker: RetryWorker,
    attempts: AttemptRunner,
    health: HealthNotes,
    @Inject(SETTINGS) settings: Settings,
  ) {
    this.#gate = new OrderGate(lanes, retries);
    const defaultScheduleMs = settings.RETRY_SCHEDULE.map(durationMs);
    this.#stages = {
      attempts,
      currentWebhook: (webhookId) => matching.find(webhookId),
      isEnabled: (webhookId) => matching.isEnabled(webhookId),
      scheduleMs: (webhook) => webhook.retryScheduleMs ?? defaultScheduleMs,
      store: (row, stored) => {
        retries.store(row, stored);
      },
      conclude: (conclusion, written) => {
        retries.conclude(conclusion, written);
      },
      noteHealth: (ended, step) => {
        health.note(ended, step);
      },
    };
  }

  onModuleInit(): void {
    this.intake.deliverTo(this);
    this.worker.deliverTo((delivery, finished) => {
      this.lanes.submit(new Delivery(this.#stages, delivery, null, finished));
    });
    this.matching.onChanged((changes) => {
      for (const { id, before, after } of changes)
        if (after && after.url !== before?.url) this.lanes.forget(id);
      this.lanes.renew(changes.map(({ id }) => id));
    });
  }

  accept(received: ReceivedEvent): void {
    const webhooks = this.matching.match(received.event.type);
    received.fanOut(webhooks.length);
    const finished = (): void => {
      received.deliveryFinished();
    };
    for (const webhook of webhooks) this.#deliver(received, webhook, finished);
  }

  /** Partitions were assigned: whether their users have deliveries waiting must be asked until it is known. */
  assigned(): void {
    this.retries.backlog.forget();
    void this.worker.poll();
  }

  /** Too much is held in memory. */
  relieve(): void {
    this.lanes.relieve();
  }

  #deliver(received: ReceivedEvent, webhook: MatchedWebhook, finished: () => void): void {
    const { event } = received;
    const stored: StoredDelivery = {
      deliveryId: deliveryId(event, webhook.id),
      webhookId: webhook.id,
      orderKey: webhook.ordering === 'per_user' ? event.orderKey : null,
      attempts: 0,
      event,
    };
    const delivery = new Delivery(this.#stages, stored, received, finished);
    this.#gate.enter({ stored, delivery, finished });
  }
}
