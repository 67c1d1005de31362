/**
 * Writes and reads the audit trail, the table `audit_entries`. The table itself refuses to change or delete an entry.
 *
 * An entry is written in the same transaction as the change that it describes. So there is never one without the other.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { Origin } from '../model/actor.ts';
import { fromCursor, toCursor } from '../rest/cursor.ts';
import { validate } from '../rest/validate.ts';
import { auditQuery, type AuditEntry, type AuditEntryView, type AuditPage } from './audit.dto.ts';

const INSERT = `
  INSERT INTO audit_entries
    (id, action, webhook_id, actor, actor_kind, role, client_address, request_id, changes)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`;
const SELECT = `
  SELECT id, created_at, action, webhook_id, actor, actor_kind, role, client_address, request_id, changes
  FROM audit_entries
  WHERE ($1::uuid IS NULL OR webhook_id = $1) AND ($2::text IS NULL OR actor = $2)
    AND ($3::text IS NULL OR action = $3)
    AND ($4::timestamptz IS NULL OR created_at >= $4) AND ($5::timestamptz IS NULL OR created_at < $5)
    AND ($6::uuid IS NULL OR id < $6)
  ORDER BY id DESC LIMIT $7`;

type Row = Omit<AuditEntryView, 'created_at'> & { readonly created_at: Date };

@Injectable()
export class AuditLog {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** @param manager of the transaction that makes the change. */
  async record(
    manager: Pick<EntityManager, 'query'>,
    { actor, clientAddress, requestId }: Origin,
    { action, webhookId, changes }: AuditEntry,
  ): Promise<void> {
    await manager.query(INSERT, [
      uuidv7(),
      action,
      webhookId,
      ...[actor.name, actor.kind, actor.role],
      ...[clientAddress, requestId],
      JSON.stringify(changes),
    ]);
  }

  /** One page of entries, newest first. */
  async list(query: unknown): Promise<AuditPage> {
    const { limit, cursor, ...filter } = validate(auditQuery, query);
    const { webhook_id, actor, action, since, until } = filter;
    const before = cursor === undefined ? null : fromCursor(cursor);
    const parameters = [webhook_id, actor, action, since, until, before].map((value) => value ?? null);
    const rows = await this.dataSource.query<Row[]>(SELECT, [...parameters, limit + 1]);
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    return {
      data: page.map((row) => ({ ...row, created_at: row.created_at.toISOString() })),
      next_cursor: last ? toCursor(last.id) : null,
    };
  }
}
