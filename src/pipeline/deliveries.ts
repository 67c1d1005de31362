/**
 * Makes deliveries that are ready to run. Fresh and caught-up ones are made from an event, stored ones from a row. All
 * deliveries are made here, except those of test sends.
 */
import type { MatchedWebhook } from '../matching/webhook-index.ts';
import { deliveryId, type Delivery } from '../model/delivery.ts';
import type { UserEvent } from '../model/event.ts';
import type { ReceivedEvent } from '../intake/received-event.ts';
import { DeliveryRun, type Holder, type Stages } from './delivery-run.ts';

/** Why an event is read again, for which replay, and how many attempts its delivery had before. */
export type WhyAgain = Pick<Delivery, 'reason' | 'replayId' | 'attemptsBefore'>;

const LIVE: WhyAgain = { reason: 'event', replayId: null, attemptsBefore: 0 };

export class Deliveries {
  constructor(private readonly stages: Stages) {}

  /** Held by the offset of its event. */
  fresh(received: ReceivedEvent, webhook: MatchedWebhook): DeliveryRun {
    return new DeliveryRun(this.stages, deliveryOf(received.event, webhook, LIVE), 'offset', received);
  }

  /** Held by the cursor that has read its event again. */
  caughtUp(event: UserEvent, webhook: MatchedWebhook, why: WhyAgain, cursor: Holder): DeliveryRun {
    return new DeliveryRun(this.stages, deliveryOf(event, webhook, why), 'cursor', cursor);
  }

  /** Held by its row. @param finished called once, when the result is written to the row. */
  stored(delivery: Delivery, finished: () => void): DeliveryRun {
    return new DeliveryRun(this.stages, delivery, 'row', { revoked: false, deliveryFinished: finished });
  }
}

function deliveryOf(
  event: UserEvent,
  { id: webhookId, ordering }: MatchedWebhook,
  { reason, replayId, attemptsBefore }: WhyAgain,
): Delivery {
  return {
    id: deliveryId(webhookId, event.id, event.source),
    webhookId,
    orderKey: ordering === 'per_user' ? event.orderKey : null,
    attempts: attemptsBefore,
    attemptsBefore,
    reason,
    replayId,
    event,
  };
}
