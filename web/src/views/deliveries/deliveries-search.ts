/** What deliveries are filtered by, as it stands in the address, and which one is open. */
import type { ListDeliveriesData } from '../../api/generated/types.gen';
import { en } from '../../texts/en';
import { isOneOf, textOf, withoutEmpty } from '../../pieces/search';
import { isTrigger, type Trigger } from '../../pieces/triggers';

export const STATUSES = ['delivered', 'pending', 'waiting', 'exhausted'] as const;
type ErrorCode = NonNullable<NonNullable<ListDeliveriesData['query']>['error_code']>;
export const ERROR_CODES = Object.keys(en.errorCode) as ErrorCode[];
export const SPANS = ['1h', '24h', '7d', '30d'] as const;

export interface DeliveriesSearch {
  readonly webhook_id?: string;
  readonly status?: (typeof STATUSES)[number];
  readonly trigger?: Trigger;
  readonly username?: string;
  readonly event_id?: string;
  readonly error_code?: ErrorCode;
  readonly status_code?: number;
  readonly span?: (typeof SPANS)[number];
  readonly live?: boolean;
  /** The one that is open. */
  readonly delivery?: string;
}

/** What narrows the list. */
export const FILTERS = [
  'webhook_id',
  'status',
  'trigger',
  'username',
  'event_id',
  'error_code',
  'status_code',
  'span',
] as const satisfies readonly (keyof DeliveriesSearch)[];

export function deliveriesSearch(given: Record<string, unknown>): DeliveriesSearch {
  const { status, trigger, error_code, span, live } = given;
  const statusCode = Number(given.status_code);
  return withoutEmpty({
    webhook_id: textOf(given.webhook_id),
    status: isOneOf(STATUSES, status) ? status : undefined,
    trigger: isTrigger(trigger) ? trigger : undefined,
    username: textOf(given.username),
    event_id: textOf(given.event_id),
    error_code: isOneOf(ERROR_CODES, error_code) ? error_code : undefined,
    status_code: statusCode >= 100 && statusCode <= 999 ? statusCode : undefined,
    span: isOneOf(SPANS, span) ? span : undefined,
    live: live === true,
    delivery: textOf(given.delivery),
  });
}
