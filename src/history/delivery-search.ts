/**
 * Finds a page of deliveries: looks at the sources back in time, in steps that grow while little is found, until the page
 * is full, everything was looked at, or the time is over. Then the page has what was found, and says how far it was looked.
 */
import type { DataSource, EntityManager } from 'typeorm';
import { DAY_MS } from './day.ts';
import { asked, isIndexed, look, placeOf, type Filter } from './delivery-sources.ts';
import type { DeliveryRow } from './delivery-row.ts';
import { before, BOTTOM, isAbove, type Place } from './place.ts';

/** An answer takes half a second at most: looking may take this long, and its last statement the rest. */
const LOOKING_MS = 380;
const WHOLE_MS = 460;
const LEAST_STATEMENT_MS = 40;
const GROWS = 4;
/** Rows that are walked in a step. */
const WALK = { atLeast: 500, atMost: 20_000 };
/** Nothing is older, but for rows that wait: the last step has no end. */
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
  /** Where the next page begins; null where there is none. */
  readonly next: Place | null;
}

/** In one snapshot: a delivery goes from one source to another. */
export async function search(dataSource: DataSource, wanted: Search): Promise<Page> {
  return dataSource.transaction('REPEATABLE READ', async (manager) => {
    await manager.query('SET TRANSACTION READ ONLY');
    await manager.query('SET LOCAL jit = off');
    return searchWith(manager, wanted);
  });
}

async function searchWith(manager: EntityManager, { filter, limit, from, to }: Search): Promise<Page> {
  const until = performance.now() + LOOKING_MS;
  const end = performance.now() + WHOLE_MS;
  const indexed = isIndexed(filter);
  const rows: DeliveryRow[] = [];
  let position = from;
  let stepMs = filter.event_id === undefined ? DAY_MS : STEPS_UP_TO_MS;
  let walked = indexed ? limit + 1 : WALK.atLeast;
  while (isAbove(position, to)) {
    const stop = later(to, stepFrom(position, stepMs));
    const timeoutMs = Math.max(LEAST_STATEMENT_MS, Math.round(end - performance.now()));
    await manager.query(`SET LOCAL statement_timeout = ${timeoutMs}`);
    const found = [];
    for (const { source, filter: ofSource } of asked(filter)) {
      const how = { from: position, to: stop, walked, found: limit + 1 - rows.length };
      found.push(await look(manager, source, ofSource, how));
    }
    // What all sources were looked at for.
    const reach = found.reduce((least, one) => later(least, one.reach), stop);
    rows.push(...inOrder(found.flatMap((one) => one.rows)).filter((row) => !isAbove(reach, placeOf(row))));
    position = reach;
    if (rows.length > limit) return pageOf(rows, limit);
    if (performance.now() > until) return { rows, next: isAbove(position, to) ? position : null };
    stepMs *= GROWS;
    walked = Math.min(walked * GROWS, WALK.atMost);
  }
  return { rows, next: null };
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
