/** The name of a notice as a CloudEvent, and the whole CloudEvent in structured mode. Pure. */
import type { Notice } from './notice.ts';

export const SOURCE = '/user-webhooks';

export function ceType({ type }: Pick<Notice, 'type'>): string {
  return `webhook.notice.${type}`;
}

export function structured(notice: Notice): Record<string, unknown> {
  return {
    specversion: '1.0',
    id: notice.id,
    source: SOURCE,
    type: ceType(notice),
    ...(notice.webhook_id === null ? {} : { subject: notice.webhook_id }),
    time: notice.time,
    datacontenttype: 'application/json',
    data: notice,
  };
}
