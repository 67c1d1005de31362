/** Rows of the table `webhooks` in a transaction that changes them, and what database errors mean for a caller. */
import pg from 'pg';
import { QueryFailedError, type EntityManager } from 'typeorm';
import { fault } from '../model/field-fault.ts';
import { Problem } from '../rest/problem.ts';
import { knownId, noSuchWebhook } from './webhook-id.ts';
import { URL_KEY, WebhookEntity } from './webhook.entity.ts';

/** Whether PostgreSQL ended the transaction for the sake of another one, so that it may be tried again. */
export function isSerializationFault(error: unknown): boolean {
  const cause: unknown = error instanceof QueryFailedError ? error.driverError : undefined;
  return cause instanceof pg.DatabaseError && (cause.code === '40P01' || cause.code === '40001');
}

/** Reads the row and locks it until the transaction ends. */
export async function lockRow(manager: EntityManager, id: string): Promise<WebhookEntity> {
  const lock = { mode: 'pessimistic_write' } as const;
  return orNotFound(id, await manager.findOne(WebhookEntity, { where: { id: knownId(id) }, lock }));
}

/** @throws Problem `not_found` */
export function orNotFound<Row>(id: string, row: Row | null): Row {
  if (row === null) throw noSuchWebhook(id);
  return row;
}

/** @throws Problem `duplicate_url` */
export async function refusingDuplicates<Result>(url: string, write: () => Promise<Result>): Promise<Result> {
  try {
    return await write();
  } catch (error) {
    const cause: unknown = error instanceof QueryFailedError ? error.driverError : undefined;
    if (cause instanceof pg.DatabaseError && cause.constraint === URL_KEY) {
      throw new Problem(
        'duplicate_url',
        `Another webhook has the URL ${url}. Change that one, or give this one another URL.`,
        [{ field: 'url', ...fault('not_unique', 'must be unique among all webhooks') }],
      );
    }
    throw error;
  }
}
