/**
 * Owns the table `webhook_health`. A row says since when every attempt for a webhook has failed. It also disables a
 * webhook whose receiver is gone, or has only failed for days.
 *
 * Only the process that changed a row is told so. So only one process tells the operators. Every process notes what it
 * sees; `pipeline/health-notes.ts` decides what is worth a write.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { FOR_DELIVERIES } from '../database/data-source.ts';
import { AuditLog } from '../audit/audit-log.ts';
import { SYSTEM } from '../model/actor.ts';
import { WebhookChanges } from './webhook-changes.ts';
import type { DisabledCode } from './webhook.entity.ts';

/** A webhook that has only failed for this long is disabled when one of its deliveries is given up. */
const DISABLED_AFTER = '5 days';

const NOTE_FAILURE = `
  INSERT INTO webhook_health (webhook_id) SELECT id FROM webhooks WHERE id = $1 ON CONFLICT DO NOTHING`;
const NOTE_SUCCESS = `
  DELETE FROM webhook_health h USING webhooks w WHERE h.webhook_id = $1 AND w.id = h.webhook_id
  RETURNING w.id, w.url, w.description, h.failing_since, h.told_at`;
/** If many began to fail together, only so many are told at a time. */
const TELL_FAILING = `
  UPDATE webhook_health h SET told_at = now() FROM webhooks w
  WHERE w.id = h.webhook_id AND w.enabled AND h.webhook_id IN (
    SELECT webhook_id FROM webhook_health
    WHERE told_at IS NULL AND failing_since < now() - $1 * interval '1 millisecond'
    ORDER BY failing_since LIMIT 500 FOR UPDATE SKIP LOCKED)
  RETURNING w.id, w.url, w.description, h.failing_since`;
const LOAD_FAILING = `SELECT webhook_id FROM webhook_health`;
const DISABLE = `
  UPDATE webhooks SET enabled = false, disabled_reason = $2, disabled_code = 'receiver_gone', disabled_at = now(), version = version + 1, updated_at = now()
  WHERE id = $1 AND url = $3 AND enabled RETURNING id, url, description, disabled_reason, disabled_code, disabled_at`;
const DISABLE_FAILING = `
  UPDATE webhooks w SET enabled = false, disabled_at = now(), version = version + 1, updated_at = now(),
    disabled_code = 'only_failing', disabled_reason = 'Every delivery has failed since ' || to_char(h.failing_since AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC, and a delivery was given up'
  FROM webhook_health h
  WHERE w.id = $1 AND w.enabled AND h.webhook_id = w.id AND h.failing_since < now() - interval '${DISABLED_AFTER}'
  RETURNING w.id, w.url, w.description, w.disabled_reason, w.disabled_code, w.disabled_at`;

interface Named {
  readonly id: string;
  readonly url: string;
  readonly description: string;
}

export interface FailingWebhook extends Named {
  readonly failing_since: Date;
}

export interface DisabledWebhook extends Named {
  readonly disabled_reason: string;
  readonly disabled_code: DisabledCode;
  readonly disabled_at: Date;
}

@Injectable()
export class WebhookHealthService {
  constructor(
    @InjectDataSource(FOR_DELIVERIES) private readonly dataSource: DataSource,
    private readonly changes: WebhookChanges,
    private readonly audit: AuditLog,
  ) {}

  /** The ids of the webhooks whose last delivery, by any process, failed. */
  async failing(): Promise<Set<string>> {
    const rows = await this.dataSource.query<{ webhook_id: string }[]>(LOAD_FAILING);
    return new Set(rows.map(({ webhook_id }) => webhook_id));
  }

  async noteFailure(webhookId: string): Promise<void> {
    await this.dataSource.query(NOTE_FAILURE, [webhookId]);
  }

  /** @returns the webhook, if this ended a time of failing that operators were told of. */
  async noteSuccess(webhookId: string): Promise<FailingWebhook[]> {
    const [rows]: [(FailingWebhook & { told_at: Date | null })[], number] = await this.dataSource.query(
      NOTE_SUCCESS,
      [webhookId],
    );
    return rows.filter(({ told_at }) => told_at !== null);
  }

  /** @returns those that have failed for so long, and of which operators are to be told now. */
  async tellFailing(afterMs: number): Promise<FailingWebhook[]> {
    const [rows]: [FailingWebhook[], number] = await this.dataSource.query(TELL_FAILING, [afterMs]);
    return rows;
  }

  /** For a receiver that said it is gone for good. Does nothing if the webhook has another URL by now. */
  async disable(webhookId: string, url: string, reason: string): Promise<DisabledWebhook[]> {
    return this.#disable(DISABLE, [webhookId, reason, url]);
  }

  /** For a delivery that was given up. Disables the webhook if it has only failed for `DISABLED_AFTER`. */
  async disableIfOnlyFailing(webhookId: string): Promise<DisabledWebhook[]> {
    return this.#disable(DISABLE_FAILING, [webhookId]);
  }

  /** @returns the webhook, if it was this that disabled it. */
  async #disable(statement: string, parameters: unknown[]): Promise<DisabledWebhook[]> {
    const disabled = await this.dataSource.transaction(async (manager) => {
      const [rows]: [DisabledWebhook[], number] = await manager.query(statement, parameters);
      for (const { id, disabled_reason, disabled_code } of rows) {
        await this.audit.record(manager, SYSTEM, {
          action: 'webhook.disabled_automatically',
          webhookId: id,
          changes: {
            enabled: { before: true, after: false },
            disabled_reason: { before: null, after: disabled_reason },
            disabled_code: { before: null, after: disabled_code },
          },
        });
      }
      return rows;
    });
    for (const { id } of disabled) await this.changes.announce(id);
    return disabled;
  }
}
