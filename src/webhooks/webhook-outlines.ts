/** What tells which events a webhook gets, of all webhooks at once and without their secrets. */
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
}

const OUTLINES = `
  SELECT id, url, description, triggers, enabled, paused, created_at AS "createdAt" FROM webhooks ORDER BY id`;

/** In the order of creation. */
export function webhookOutlines(manager: EntityManager): Promise<WebhookOutline[]> {
  return manager.query<WebhookOutline[]>(OUTLINES);
}
