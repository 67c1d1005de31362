/**
 * Says why a delivery with a row in `retries` waits: an earlier delivery is in the way, or something about its webhook.
 * Only the processes that deliver know of breakers and unreadable secrets. They tell it with their heartbeat.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { RunningProcesses } from '../roles/running-processes.ts';
import type { DeliveryRow } from './delivery-row.ts';
import type { DeliveryView } from './delivery.dto.ts';

type WaitsFor = DeliveryView['waits_for'];

const DIRECTLY_BEFORE = `
  SELECT r.delivery_id, earlier.delivery_id AS earlier_id
  FROM retries r CROSS JOIN LATERAL (
    SELECT e.delivery_id FROM retries e
    WHERE e.webhook_id = r.webhook_id AND e.order_key = r.order_key AND NOT e.dead AND e.sequence < r.sequence
    ORDER BY e.sequence DESC LIMIT 1
  ) earlier
  WHERE r.delivery_id = ANY ($1::uuid[])`;
/** The processes tell of a breaker sooner than that. */
const TOLD_WITHIN_MS = 2_000;
const WEBHOOKS = 'SELECT id, enabled, paused FROM webhooks WHERE id = ANY ($1::uuid[])';

interface Known {
  readonly earlier: ReadonlyMap<string, string>;
  readonly webhooks: ReadonlyMap<string, { enabled: boolean; paused: boolean }>;
  readonly breakers: ReadonlyMap<string, number>;
  readonly unreadable: ReadonlySet<string>;
}

@Injectable()
export class Waits {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly processes: RunningProcesses,
  ) {}

  /** @returns the reason by delivery. A delivery that waits only for its time has none. */
  async of(rows: readonly DeliveryRow[]): Promise<Map<string, NonNullable<WaitsFor>>> {
    const waiting = rows.filter(({ row_status }) => row_status !== null && row_status !== 'sending');
    const found = new Map<string, NonNullable<WaitsFor>>();
    if (waiting.length === 0) return found;
    const known = await this.#known(waiting);
    for (const row of waiting) {
      const waitsFor = whyOf(row, known);
      if (waitsFor) found.set(row.id, waitsFor);
    }
    return found;
  }

  async #known(rows: readonly DeliveryRow[]): Promise<Known> {
    const [before, webhooks, facts] = await Promise.all([
      this.dataSource.query<{ delivery_id: string; earlier_id: string }[]>(DIRECTLY_BEFORE, [
        rows.flatMap(({ id, row_status }) => (row_status === 'waiting' ? [id] : [])),
      ]),
      this.dataSource.query<{ id: string; enabled: boolean; paused: boolean }[]>(WEBHOOKS, [
        [...new Set(rows.map(({ webhook_id }) => webhook_id))],
      ]),
      this.processes.facts(),
    ]);
    const breakers = new Map<string, number>();
    for (const [id, until] of facts.flatMap((one) => Object.entries(one.breakers))) {
      breakers.set(id, Math.max(until, breakers.get(id) ?? 0));
    }
    return {
      earlier: new Map(before.map(({ delivery_id, earlier_id }) => [delivery_id, earlier_id])),
      webhooks: new Map(webhooks.map((webhook) => [webhook.id, webhook])),
      breakers,
      unreadable: new Set(facts.flatMap(({ unreadable }) => unreadable)),
    };
  }
}

function whyOf(row: DeliveryRow, known: Known): WaitsFor {
  const { webhook_id: id } = row;
  const earlier = known.earlier.get(row.id);
  if (earlier !== undefined) return { reason: 'earlier_delivery', delivery_id: earlier };
  const webhook = known.webhooks.get(id);
  if (webhook && !webhook.enabled) return { reason: 'disabled' };
  if (webhook?.paused) return { reason: 'paused' };
  if (known.unreadable.has(id)) return { reason: 'secrets' };
  const until = known.breakers.get(id);
  if (until !== undefined)
    return { reason: 'breaker', ...(until > 0 && { until: new Date(until).toISOString() }) };
  if (row.status !== 'waiting' || row.row_status !== 'pending') return null;
  // It was stored before any attempt, and nothing holds it up. So there was no room in memory, unless the reason is yet to be told.
  return Date.now() - Number(row.at) / 1_000 > TOLD_WITHIN_MS ? { reason: 'memory' } : null;
}
