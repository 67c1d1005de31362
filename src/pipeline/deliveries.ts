/** The one place where deliveries are made ready to run: fresh ones of an event, stored ones of a row. */
import type { MatchedWebhook } from '../matching/webhook-index.ts';
import { deliveryId, type Delivery } from '../model/delivery.ts';
import type { ReceivedEvent } from '../intake/received-event.ts';
import { DeliveryRun, type Stages } from './delivery-run.ts';

export class Deliveries {
  constructor(private readonly stages: Stages) {}

  /** Held by the offset of its event. */
  fresh(received: ReceivedEvent, { id: webhookId, ordering }: MatchedWebhook): DeliveryRun {
    const { event } = received;
    const delivery: Delivery = {
      id: deliveryId(webhookId, event.id, event.source),
      webhookId,
      orderKey: ordering === 'per_user' ? event.orderKey : null,
      attempts: 0,
      reason: 'event',
      event,
    };
    return new DeliveryRun(this.stages, delivery, 'offset', received);
  }

  /** Held by its row. @param finished called once, when the row knows what became of it. */
  stored(delivery: Delivery, finished: () => void): DeliveryRun {
    return new DeliveryRun(this.stages, delivery, 'row', { revoked: false, deliveryFinished: finished });
  }
}
