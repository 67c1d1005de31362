/** A delivery as one of its tables has it, and as REST shows it. */
import type { DeliveryView } from './delivery.dto.ts';

export interface DeliveryRow {
  readonly id: string;
  /** When it was created; microseconds since the epoch. */
  readonly at: string;
  readonly webhook_id: string;
  readonly event_id: string;
  readonly event_type: DeliveryView['event_type'];
  readonly event_timestamp: string;
  readonly username: string | null;
  readonly source_topic: string | null;
  readonly source_partition: number | null;
  readonly source_offset: string | null;
  readonly status: DeliveryView['status'];
  readonly attempt_count: number | null;
  readonly last_attempt_at: Date | null;
  readonly next_attempt_at: Date | null;
  readonly status_code: number | null;
  readonly error_code: DeliveryView['error_code'];
  readonly duration_ms: number | null;
  /** Its status in `retries`; null if it has no row there. */
  readonly row_status: 'pending' | 'sending' | 'waiting' | null;
}

export function toView(row: DeliveryRow, waitsFor: DeliveryView['waits_for']): DeliveryView {
  return {
    id: row.id,
    webhook_id: row.webhook_id,
    event_id: row.event_id,
    event_type: row.event_type,
    event_timestamp: row.event_timestamp,
    username: row.username,
    status: row.status,
    attempt_count: row.attempt_count ?? 0,
    created_at: new Date(Number(row.at) / 1_000).toISOString(),
    last_attempt_at: row.last_attempt_at?.toISOString() ?? null,
    next_attempt_at: row.next_attempt_at?.toISOString() ?? null,
    waits_for: waitsFor,
    status_code: row.status_code,
    error_code: row.error_code,
    duration_ms: row.duration_ms,
  };
}
