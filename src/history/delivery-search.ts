/**
 * Finds a page of deliveries, newest first. It searches back in time, in steps that grow while it finds little. It stops
 * when the page is full, when everything was searched, or when the time is over. The page then holds what was found, and
 * says how far the search went.
 */
import { QueryFailedError, type DataSource, type EntityManager } from 'typeorm';
import { DatabaseUnavailable } from '../database/unavailable.ts';
import { DAY_MS } from './day.ts';
import { asked, isIndexed, look, placeOf, type Filter, type Found, type Look } from './delivery-sources.ts';
import type { DeliveryRow } from './delivery-row.ts';
import { before, BOTTOM, isAbove, type Place } from './place.ts';

/** An answer takes at most half a second: this long for the search, and the rest for its last statement. */
const LOOKING_MS = 300;
const WHOLE_MS = 430;
const LEAST_STATEMENT_MS = 40;
/** This statement reads few rows. Only a server that hardly answers takes so long. */
const FIRST_STEP_MS = 2_000;
/** `query_canceled`, by the time limit of the statement. */
const CANCELED = '57014';
const GROWS = 4;
/** Rows that are read in a step. */
const WALK = { atLeast: 500, atMost: 20_000 };
/** Only rows that wait can be older. So the last step has no end. */
const STEPS_UP_TO_MS = 64 * DAY_MS;

export interface Search {
  readonly filter: Filter;
  readonly limit: number;
  /** Behind this place. */
  readonly from: Place;
  /** Down to this one. */
  readonly to: Place;
}

export interface Page {
  readonly rows: DeliveryRow[];
  /** Where the next page begins; null if this is the last one. */
  readonly next: Place | null;
}

/** In one snapshot, because a delivery moves from one source to another. */
export async function search(dataSource: DataSource, wanted: Search): Promise<Page> {
  return dataSource.transaction('REPEATABLE READ', async (manager) => {
    await manager.query('SET TRANSACTION READ ONLY');
    await manager.query('SET LOCAL jit = off');
    return searchWith(manager, wanted);
  });
}

async function searchWith(manager: EntityManager, { filter, limit, from, to }: Search): Promise<Page> {
  const startedAt = performance.now();
  const rows: DeliveryRow[] = [];
  let position = from;
  let stepMs = firstStepMs(filter);
  let walked = isIndexed(filter) ? limit + 1 : WALK.atLeast;
  while (isAbove(position, to)) {
    const elapsedMs = performance.now() - startedAt;
    if (elapsedMs > LOOKING_MS) return { rows, next: position };
    const step = { from: position, to: later(to, stepFrom(position, stepMs)), walked };
    const how = { ...step, found: limit + 1 - rows.length };
    const timeoutMs = position === from ? FIRST_STEP_MS : WHOLE_MS - elapsedMs;
    const found = await lookAtAll(manager, filter, how, timeoutMs);
    // The time was over in the middle of a step.
    if (!found && position !== from) return { rows, next: position };
    if (!found) throw new DatabaseUnavailable(new Error('the first step of a search took too long'));
    // How far all sources were searched.
    const reach = found.reduce((least, one) => later(least, one.reach), step.to);
    rows.push(...inOrder(found.flatMap((one) => one.rows)).filter((row) => !isAbove(reach, placeOf(row))));
    position = reach;
    if (rows.length > limit) return pageOf(rows, limit);
    stepMs *= GROWS;
    walked = Math.min(walked * GROWS, WALK.atMost);
  }
  return { rows, next: null };
}

/** Most users and events have few deliveries. So a search for one of them begins with larger steps. */
function firstStepMs({ event_id, username }: Filter): number {
  if (event_id !== undefined) return STEPS_UP_TO_MS;
  return username === undefined ? DAY_MS : STEPS_UP_TO_MS / GROWS;
}

/** @returns null if the time was over. */
async function lookAtAll(
  manager: EntityManager,
  filter: Filter,
  how: Look,
  timeoutMs: number,
): Promise<Found[] | null> {
  const found: Found[] = [];
  const until = performance.now() + timeoutMs;
  try {
    for (const one of asked(filter)) {
      const restMs = Math.max(LEAST_STATEMENT_MS, Math.round(until - performance.now()));
      await manager.query(`SET LOCAL statement_timeout = ${restMs}`);
      found.push(await look(manager, one.source, one.filter, how));
    }
    return found;
  } catch (error) {
    if (isTimeout(error)) return null;
    throw error;
  }
}

function isTimeout(error: unknown): boolean {
  const cause: unknown = error instanceof QueryFailedError ? error.driverError : null;
  return cause instanceof Error && 'code' in cause && cause.code === CANCELED;
}

function pageOf(rows: readonly DeliveryRow[], limit: number): Page {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { rows: page, next: last ? placeOf(last) : null };
}

function inOrder(rows: readonly DeliveryRow[]): DeliveryRow[] {
  return rows.toSorted((a, b) => (isAbove(placeOf(a), placeOf(b)) ? -1 : 1));
}

function later(a: Place, b: Place): Place {
  return isAbove(a, b) ? a : b;
}

/** The first step begins now, though the list may begin later. */
function stepFrom(position: Place, stepMs: number): Place {
  if (stepMs > STEPS_UP_TO_MS) return BOTTOM;
  return before(Math.min(position.at / 1_000, Date.now()) - stepMs);
}
