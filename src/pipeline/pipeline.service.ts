/**
 * The way of an event through the stages. Only this room knows their order.
 *
 *   intake ──> matching ──> delivery ──> results ──> finished: its offset may be committed
 *                 │             └─ failed ─> retries (PostgreSQL) + results ──> finished
 *                 ├─ an earlier delivery of the user waits at the webhook ─> retries, behind it ──> finished
 *                 ├─ the webhook is enabled, but its secrets cannot be read ─> retries ──> finished
 *                 └─ the breaker is open, or the lane is slow and full ─> retries ──> finished
 *   retries ──> delivery ──> results ──> retries: the row is deleted, due again, or dead
 *   catch-up ──> delivery ──> as a fresh one, but what cannot be sent now stays in the log
 */
import type { IntakeService } from '../intake/intake.service.ts';
import type { EventSink, ReceivedEvent } from '../intake/received-event.ts';
import type { Lanes } from '../lanes/lanes.ts';
import type { MatchingService } from '../matching/matching.service.ts';
import { TRIGGERS } from '../model/trigger.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { RetryWriter } from '../retries/retry-writer.ts';
import type { MatchedWebhook, WebhookIndex } from '../matching/webhook-index.ts';
import type { EventSource, UserEvent } from '../model/event.ts';
import type { Notices } from '../notices/notices.ts';
import type { Deliveries, WhyAgain } from './deliveries.ts';
import type { Holder } from './delivery-run.ts';
import { OrderGate } from './order-gate.ts';
import type { RetryWorker } from './retry-worker.ts';

/** The parts of the stages that the pipeline uses. */
export interface PipelineParts {
  readonly intake: Pick<IntakeService, 'deliverTo'>;
  readonly matching: Pick<MatchingService, 'onChanged'>;
  readonly webhooks: Pick<WebhookIndex, 'match'>;
  readonly lanes: Pick<Lanes, 'hold' | 'refuses' | 'submit' | 'forget' | 'renew' | 'relieve'>;
  readonly retries: Pick<RetryWriter, 'store' | 'backlog'>;
  readonly worker: Pick<RetryWorker, 'poll'>;
  readonly deliveries: Deliveries;
  readonly metrics: Pick<Metrics, 'events' | 'deliveries'>;
  readonly notices: Pick<Notices, 'deadLetter'>;
}

export class PipelineService implements EventSink {
  readonly #gate: OrderGate;

  constructor(private readonly parts: PipelineParts) {
    this.#gate = new OrderGate(parts.lanes, parts.retries);
    for (const trigger of TRIGGERS) {
      parts.metrics.events.beginWith([trigger]);
      parts.metrics.deliveries.beginWith([trigger]);
    }
  }

  /** Connects the stages. Call it before intake reads, and before the webhooks are loaded. */
  connect(): void {
    const { intake, matching, lanes } = this.parts;
    intake.deliverTo(this);
    matching.onChanged((changes) => {
      for (const { id, before, after } of changes) {
        if (after && after.url !== before?.url) lanes.forget(id);
      }
      lanes.renew(changes.map(({ id }) => id));
    });
  }

  accept(received: ReceivedEvent): void {
    const { webhooks, deliveries, metrics } = this.parts;
    const { type } = received.event;
    const matched = webhooks.match(type);
    const live = received.anyBehind ? matched.filter(({ id }) => !received.isLeftToCursor(id)) : matched;
    metrics.events.of(type).add();
    metrics.deliveries.of(type).add(live.length);
    received.fanOut(live.length);
    for (const webhook of live) this.#gate.enter(deliveries.fresh(received, webhook));
  }

  /** Takes an event that a cursor has read again for one webhook. */
  acceptAgain(event: UserEvent, webhook: MatchedWebhook, why: WhyAgain, cursor: Holder): void {
    this.#gate.enter(this.parts.deliveries.caughtUp(event, webhook, why, cursor));
  }

  /** Partitions were assigned. Until the table was looked at, each delivery must ask whether its user has rows. */
  assigned(): void {
    this.parts.retries.backlog.forget();
    void this.parts.worker.poll();
  }

  deadLettered(source: EventSource, reason: string): void {
    this.parts.notices.deadLetter(source, reason);
  }

  /** Memory is short: slow lanes must give away what they hold. */
  relieve(): void {
    this.parts.lanes.relieve();
  }
}
