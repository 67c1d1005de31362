/**
 * The whole story of an event, and the only place that knows the order of the stages.
 *
 *   intake ──> matching ──> delivery ──> results ──> finished: its offset may be committed
 *                 │             └─ failed ─> retries (Postgres) + results ──> finished
 *                 ├─ an earlier delivery of the user waits at the webhook ─> retries, behind it ──> finished
 *                 ├─ the webhook is enabled and unusable ─> retries ──> finished
 *                 └─ breaker open, or the lane slow and full ─> retries ──> finished
 *   retries ──> delivery ──> results ──> retries: gone, due again, or dead
 *   catch-up ──> delivery ──> as an event's, but what cannot be sent now stays in the log
 */
import type { IntakeService } from '../intake/intake.service.ts';
import type { EventSink, ReceivedEvent } from '../intake/received-event.ts';
import type { Lanes } from '../lanes/lanes.ts';
import type { MatchingService } from '../matching/matching.service.ts';
import { TRIGGERS } from '../model/trigger.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { RetryWriter } from '../retries/retry-writer.ts';
import type { MatchedWebhook } from '../matching/webhook-index.ts';
import type { EventSource, UserEvent } from '../model/event.ts';
import type { Notices } from '../notices/notices.ts';
import type { Deliveries, WhyAgain } from './deliveries.ts';
import type { Holder } from './delivery-run.ts';
import { OrderGate } from './order-gate.ts';
import type { RetryWorker } from './retry-worker.ts';

/** The stages as the pipeline uses them. */
export interface PipelineParts {
  readonly intake: Pick<IntakeService, 'deliverTo'>;
  readonly matching: Pick<MatchingService, 'match' | 'onChanged'>;
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

  /** Connects the stages; call it before intake reads and before webhooks are loaded. */
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
    const { matching, deliveries, metrics } = this.parts;
    const { type } = received.event;
    const matched = matching.match(type);
    const webhooks = received.anyBehind ? matched.filter(({ id }) => !received.isLeftToCursor(id)) : matched;
    metrics.events.of(type).add();
    metrics.deliveries.of(type).add(webhooks.length);
    received.fanOut(webhooks.length);
    for (const webhook of webhooks) this.#gate.enter(deliveries.fresh(received, webhook));
  }

  /** An event that a cursor has read again, for one webhook. */
  acceptAgain(event: UserEvent, webhook: MatchedWebhook, why: WhyAgain, cursor: Holder): void {
    this.#gate.enter(this.parts.deliveries.caughtUp(event, webhook, why, cursor));
  }

  /** Partitions were assigned: whether their users have deliveries waiting must be asked until it is known. */
  assigned(): void {
    this.parts.retries.backlog.forget();
    void this.parts.worker.poll();
  }

  deadLettered(source: EventSource, reason: string): void {
    this.parts.notices.deadLetter(source, reason);
  }

  /** Too much is held in memory. */
  relieve(): void {
    this.parts.lanes.relieve();
  }
}
