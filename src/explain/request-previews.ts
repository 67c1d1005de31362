/** What the next request of a delivery or an event would be, as of now, or why there is none to show. */
import { Inject, Injectable } from '@nestjs/common';
import { RequestBuilder } from '../delivery/request.ts';
import { TransportFailure } from '../delivery/transport-failure.ts';
import { LogUnavailable } from '../kafka/log-faults.ts';
import type { EventToDeliver } from '../model/event.ts';
import type { Webhook } from '../model/webhook.ts';
import { Problem } from '../rest/problem.ts';
import { SealBroken } from '../secrets/secret-box.ts';
import { WebhookLoader } from '../webhooks/webhook-loader.ts';
import { EventExpired, EventLookup, type SoughtDelivery } from './event-lookup.ts';
import type { DeliveryRequestView, RequestMissing } from './explain.dto.ts';
import { previewOf, type RequestPreview } from './request-preview.ts';

@Injectable()
export class RequestPreviews {
  constructor(
    private readonly requests: RequestBuilder,
    @Inject(WebhookLoader) private readonly webhooks: Pick<WebhookLoader, 'load'>,
    @Inject(EventLookup) private readonly events: Pick<EventLookup, 'ofDelivery'>,
  ) {}

  /** For `GET /deliveries/{id}`: never fails for want of what it is made of. */
  async ofDelivery(delivery: SoughtDelivery & { readonly webhookId: string }): Promise<DeliveryRequestView> {
    try {
      const webhook = await this.webhooks.load(delivery.webhookId);
      const event = await this.events.ofDelivery(delivery);
      if (event instanceof EventExpired)
        return {
          request: null,
          request_missing: { code: 'event_expired', log_begins_at: event.logBeginsAt },
        };
      const request = this.of(webhook, event);
      return request === null ? missing('not_sendable') : { request, request_missing: null };
    } catch (error) {
      if (error instanceof Problem && error.code === 'not_found') return missing('webhook_deleted');
      if (error instanceof SealBroken) return missing('secrets_unreadable');
      if (error instanceof LogUnavailable) return missing('log_unavailable');
      throw error;
    }
  }

  /** Null where the webhook's URL or headers are such as no request can have. */
  of(webhook: Webhook, event: EventToDeliver): RequestPreview | null {
    const request = this.requests.build(webhook, event, Date.now());
    return request instanceof TransportFailure ? null : previewOf(webhook, request);
  }
}

function missing(code: Exclude<RequestMissing['code'], 'event_expired'>): DeliveryRequestView {
  return { request: null, request_missing: { code, log_begins_at: null } };
}
