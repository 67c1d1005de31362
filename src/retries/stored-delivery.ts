/** Reads one stored delivery in any status, without leasing it. */
import type { EntityManager } from 'typeorm';
import type { Delivery } from '../model/delivery.ts';
import { toDelivery, type Row } from './claim-rows.ts';

const FIND = 'SELECT * FROM retries WHERE delivery_id = $1';

/** @returns null if it is not in the table: it never was, or it is delivered. */
export async function findStored(manager: EntityManager, deliveryId: string): Promise<Delivery | null> {
  const [row] = await manager.query<Row[]>(FIND, [deliveryId]);
  return row ? toDelivery(row) : null;
}
