/** Judges what PostgreSQL says about itself: version, encoding, schema, rights, and the history's tables for tomorrow. Pure. */
import { ENCODING_ADVICE, encodingTrouble } from '../database/encoding.ts';
import type { DatabaseFacts } from '../database/inspect.ts';
import { DAY_MS, dayOf } from '../history/day.ts';
import { PARENTS, tableOf } from '../history/days.ts';
import { fault, ok, warning, type Finding } from './finding.ts';

/** Days of the history are detached while it is in use (DETACH PARTITION CONCURRENTLY). */
const OLDEST_VERSION = 14;

export function judgeDatabase(facts: DatabaseFacts, address: string): Finding[] {
  const check = 'PostgreSQL';
  const encoding = encodingTrouble(facts.encoding);
  const version = Math.floor(facts.versionNumber / 10_000);
  if (facts.isReadOnly) {
    const found = `the server at ${address} takes no writes: it is a standby, or read-only`;
    return [fault(check, found, 'name the primary in DATABASE_URL')];
  }
  return [
    version < OLDEST_VERSION
      ? fault(check, `version ${version} at ${address}`, `use ${OLDEST_VERSION} or newer`)
      : ok(check, `version ${version} at ${address}`),
    ...(encoding === null ? [] : [fault('encoding', encoding, ENCODING_ADVICE)]),
    judgeMigrations(facts),
    ...(facts.isEmpty ? [] : [judgeRights(facts)]),
  ];
}

function judgeMigrations({ pending, unknown, mayCreate }: DatabaseFacts): Finding {
  const check = 'schema';
  if (pending.length > 0 && !mayCreate) {
    const found = `migrations that have not run: ${pending.length}, and this user may not create tables`;
    return fault(check, found, 'GRANT CREATE ON SCHEMA to it, or migrate as the owner (npm run migrate)');
  }
  if (pending.length > 0) {
    const found = `migrations that have not run: ${pending.join(', ')}`;
    return warning(check, found, 'npm run migrate; or nothing, as the next start runs them');
  }
  if (unknown.length > 0) {
    const found = `migrations of a newer release have run: ${unknown.join(', ')}`;
    return warning(check, found, 'use that release');
  }
  return ok(check, 'up to date');
}

function judgeRights({ denied, user }: DatabaseFacts): Finding {
  const check = 'rights in PostgreSQL';
  if (denied.length === 0) return ok(check, 'this user may read and write all tables');
  const found = `this user (${user}) may not ${denied.join(', ')}`;
  return fault(check, found, 'grant it, or make this user the owner of the tables');
}

/** @param tables that there are now, of every day. @param isOwner whether this user may make more. */
export function judgeDays(tables: ReadonlySet<string>, isOwner: boolean, now: number): Finding {
  const check = 'days of the history';
  if (!isOwner) {
    const found = 'this user does not own the tables of the history, so it can make no days';
    return fault(check, found, 'make it their owner (ALTER TABLE … OWNER TO)');
  }
  const missingOf = (day: number): string[] =>
    PARENTS.map((parent) => tableOf(parent, day)).filter((name) => !tables.has(name));
  const tomorrow = missingOf(dayOf(now) + DAY_MS);
  if (tomorrow.length === 0) return ok(check, 'the tables for tomorrow are there');
  const found = `these tables are missing, and needed from midnight (UTC): ${tomorrow.join(', ')}`;
  if (tables.size === 0) {
    return warning(check, found, 'nothing, if no process with the role history has run yet: it makes them');
  }
  return fault(check, found, 'start a process with the role history; where one runs, its log says why');
}
