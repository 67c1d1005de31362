/** An attempt as a Kafka record: flat JSON, with CloudEvents 1.0 attributes as headers (binary content mode). Pure. */
import type { IHeaders } from 'kafkajs';
import type { Attempt } from '../model/attempt.ts';
import type { UserEvent } from '../model/event.ts';

const SOURCE = '/user-webhooks';

export function toRecord(
  attempt: Attempt,
  trace: UserEvent['trace'],
): { key: string; value: string; headers: IHeaders } {
  const headers: IHeaders = {
    ce_specversion: '1.0',
    ce_id: attempt.id,
    ce_type: `webhook.attempt.${attempt.outcome}`,
    ce_source: SOURCE,
    ce_time: attempt.started_at,
    'content-type': 'application/json',
  };
  if (trace) headers['traceparent'] = trace.traceparent;
  return { key: attempt.webhook_id, value: JSON.stringify(attempt), headers };
}
