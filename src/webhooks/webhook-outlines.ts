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
  /** From when on it is sent what was before it was made, where it started from a time; null: it did not. */
  readonly startsFrom: Date | null;
}

/** One that was stopped sends nothing more of before. */
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
