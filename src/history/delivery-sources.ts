/**
 * Looks for deliveries in one of their tables. It reads a limited number of rows in the order of one index, from a place
 * backwards. Filters that the index cannot answer are applied to these rows. So looking for rare deliveries takes no
 * longer than looking for frequent ones.
 */
import type { EntityManager } from 'typeorm';
import type { DeliveriesQuery, Status } from './delivery.dto.ts';
import { firstIdAt } from './day.ts';
import type { DeliveryRow } from './delivery-row.ts';
import { FOLLOWED, GIVEN_UP, LATEST, SINGLE, WAITING, type Source } from './delivery-tables.ts';
import { hashesOf } from './erased-users.ts';
import { BOTTOM, isAbove, type Place } from './place.ts';

export type Filter = Omit<DeliveriesQuery, 'limit' | 'cursor' | 'since' | 'until'>;

/** The part that is read: everything behind `from`, down to `to` (exclusive), at most so many rows. */
export interface Look {
  readonly from: Place;
  readonly to: Place;
  readonly walked: number;
  readonly found: number;
}

export interface Found {
  readonly rows: DeliveryRow[];
  /** Everything before this place was read. */
  readonly reach: Place;
}

/** An attempt's id is made when it ends. This allows for the duration of a request and for clocks that differ. */
const ID_TOLERANCE_MS = 600_000;
const MICROSECONDS = (time: string): string => `(extract(epoch FROM ${time}) * 1000000)::bigint`;
const AT = (parameter: string): string =>
  `(timestamptz 'epoch' + ${parameter}::bigint * interval '1 microsecond')`;

/**
 * Those that can have what is asked for, each with what to ask of it. What is pending without a row is on its way from one
 * source to another. Results may have the hash of a user name: that is looked for apart, in the order of the index.
 */
export function asked(filter: Filter): { source: Source; filter: Filter }[] {
  const { status, error_code, username } = filter;
  const wanted = new Set<Status>(status ?? ['delivered', 'exhausted', 'pending', 'waiting']);
  const sources = [SINGLE, FOLLOWED, WAITING].filter((source) => {
    if (source === SINGLE && error_code !== undefined) return false;
    if (source === FOLLOWED) return wanted.has('delivered') || wanted.has('exhausted');
    return source.statuses.some((one) => wanted.has(one));
  });
  if (username === undefined) return sources.map((source) => ({ source, filter }));
  const names = new Set([username, ...hashesOf(username)]);
  return sources.flatMap((source) =>
    [...(source === WAITING ? [username] : names)].map((name) => ({
      source,
      filter: { ...filter, username: name },
    })),
  );
}

/** Whether an index answers nearly all of the filter. */
export function isIndexed({ trigger, error_code, status_code, status: _, ...keys }: Filter): boolean {
  const count = Object.values(keys).filter((value) => value !== undefined).length;
  return count <= 1 && [trigger, error_code, status_code].every((value) => value === undefined);
}

/** The same of one delivery, by its id: each statement is for those of which the one before has nothing. */
export function lookupSql(): string[] {
  const sql = (source: Source, where: string): string => `
    SELECT t.delivery_id AS id, ${MICROSECONDS(`t.${source.at}`)}::text AS at, ${source.columns}
    FROM ${source.table} t ${source.joins} WHERE t.delivery_id = $1 AND ${where} LIMIT 1`;
  return [
    sql(WAITING, WAITING.base),
    sql(FOLLOWED, FOLLOWED.base),
    sql(LATEST, 'true ORDER BY t.id DESC'),
    sql(GIVEN_UP, GIVEN_UP.base),
  ];
}

export async function look(
  manager: EntityManager,
  source: Source,
  filter: Filter,
  how: Look,
): Promise<Found> {
  const { text, values } = statement(source, filter, how);
  const answer = await manager.query<((DeliveryRow | { id: null }) & Walked)[]>(text, values);
  const rows = answer.filter((row) => row.id !== null);
  const [first] = answer;
  const lastRow = rows.at(-1);
  if (rows.length === how.found && lastRow) return { rows, reach: placeOf(lastRow) };
  const walkedAll = (first?.walked ?? 0) < how.walked;
  if (walkedAll || first?.walked_at === null || first === undefined) return { rows, reach: how.to };
  const reach = { at: Number(first.walked_at), id: first.walked_id };
  return { rows, reach: isAbove(how.to, reach) ? how.to : reach };
}

export function placeOf({ at, id }: Pick<DeliveryRow, 'at' | 'id'>): Place {
  return { at: Number(at), id };
}

interface Walked {
  readonly walked: number;
  readonly walked_at: string | null;
  readonly walked_id: string;
}

function statement(
  source: Source,
  filter: Filter,
  { from, to, walked, found }: Look,
): { text: string; values: unknown[] } {
  const values: unknown[] = [];
  const parameter = (value: unknown): string => `$${values.push(value)}`;
  const at = `t.${source.at}`;
  const { key, rest } = conditions(source, filter, parameter);
  const order = key === null ? `(${at} AT TIME ZONE 'UTC')` : at;
  const bound = (place: Place): string =>
    key === null ? `(${AT(parameter(place.at))} AT TIME ZONE 'UTC')` : AT(parameter(place.at));
  const range = [
    `(${order}, t.delivery_id) < (${bound(from)}, ${parameter(from.id)}::uuid)`,
    ...(to === BOTTOM ? [] : [`${order} >= ${bound(to)}`]),
    ...(source === SINGLE ? idRange(from, to, parameter) : []),
  ];
  const where = [source.base, ...(key === null ? [] : [key]), ...range].join(' AND ');
  const text = `
    WITH walked AS MATERIALIZED (
      SELECT t.* FROM ${source.table} t WHERE ${where}
      ORDER BY ${order} DESC, t.delivery_id DESC LIMIT ${walked}
    ), found AS (
      SELECT t.delivery_id AS id, ${MICROSECONDS(at)}::text AS at, ${source.columns}
      FROM walked t ${source.joins} WHERE ${[source.listed, ...rest].join(' AND ')}
      ORDER BY ${at} DESC, t.delivery_id DESC LIMIT ${found}
    ), last AS (
      SELECT ${MICROSECONDS(at)}::text AS walked_at, t.delivery_id AS walked_id
      FROM walked t ORDER BY ${at}, t.delivery_id LIMIT 1
    )
    SELECT found.*, last.*, (SELECT count(*)::integer FROM walked) AS walked
    FROM (SELECT) one LEFT JOIN last ON true LEFT JOIN found ON true`;
  return { text, values };
}

/** @returns the filter that an index answers, and all others. */
function conditions(
  source: Source,
  { webhook_id, username, event_id, trigger, status, status_code, error_code }: Filter,
  parameter: (value: unknown) => string,
): { key: string | null; rest: string[] } {
  const keys: string[] = [];
  if (event_id !== undefined) {
    const value = parameter(event_id);
    keys.push(
      `hashtextextended(t.event_id, 0) = hashtextextended(${value}::text, 0) AND t.event_id = ${value}::text`,
    );
  }
  if (username !== undefined) {
    const value = parameter(username);
    keys.push(
      `hashtextextended(t.username, 0) = hashtextextended(${value}::text, 0) AND t.username = ${value}::text`,
    );
  }
  if (webhook_id !== undefined) {
    const value = parameter(webhook_id);
    const undelivered = source === FOLLOWED && status && !status.includes('delivered');
    keys.push(`t.webhook_id = ${value}::uuid${undelivered ? " AND t.status <> 'delivered'" : ''}`);
  }
  const [key = null, ...rest] = keys;
  if (trigger !== undefined) rest.push(`t.event_type = ${parameter(trigger)}`);
  if (status !== undefined) rest.push(`${source.status} = ANY (${parameter(status)}::text[])`);
  if (status_code !== undefined) rest.push(`${source.statusCode} = ${parameter(status_code)}::integer`);
  if (error_code !== undefined) rest.push(`${source.errorCode} = ${parameter(error_code)}::text`);
  return { key, rest };
}

function idRange(from: Place, to: Place, parameter: (value: unknown) => string): string[] {
  const range = [`t.id < ${parameter(firstIdAt(from.at / 1_000 + ID_TOLERANCE_MS))}::uuid`];
  if (to !== BOTTOM) range.push(`t.id >= ${parameter(firstIdAt(to.at / 1_000 - ID_TOLERANCE_MS))}::uuid`);
  return range;
}
