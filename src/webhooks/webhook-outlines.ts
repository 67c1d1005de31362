/** The part of all webhooks that decides which events they get, without their secrets. */
import type { EntityManager } from 'typeorm';
import type { Trigger } from '../model/trigger.ts';

export interface WebhookOutline {
  readonly id: string;
  readonly url: string;
  readonly description: string;
  readonly triggers: readonly Trigger[];
  readonly enabled: boolean;
  readonly paused: boolean;
  readonly createdAt: Date;
  /** The time from which it gets older events, if it was made with one; null: it was not. */
  readonly startsFrom: Date | null;
}

/** A start that was stopped sends no more older events. */
const OUTLINES = `
  SELECT w.id, w.url, w.description, w.triggers, w.enabled, w.paused, w.created_at AS "createdAt", (
    SELECT min(coalesce(r.from_time, to_timestamp(0))) FROM replays r
    WHERE r.webhook_id = w.id AND r.kind = 'start_from' AND r.status IN ('running', 'done')
  ) AS "startsFrom"
  FROM webhooks w ORDER BY w.id`;

/** In the order of creation. */
export function webhookOutlines(manager: EntityManager): Promise<WebhookOutline[]> {
  return manager.query<WebhookOutline[]>(OUTLINES);
}
