/** Asks PostgreSQL for everything that the service needs from it, in one read-only session. */
import { StartError } from '../config/start-error.ts';
import { databaseAddress } from '../database/data-source.ts';
import { inspectDatabase, readOnly } from '../database/inspect.ts';
import { existingTables, PARENTS } from '../history/days.ts';
import { KEY_IDS, missingKeys } from '../secrets/stored-secrets.ts';
import type { SecretBox } from '../secrets/secret-box.ts';
import { fault, ok, type Finding } from './finding.ts';
import { judgeClock } from './judge-clock.ts';
import { judgeDatabase, judgeDays } from './judge-database.ts';

const OWNS = `
  SELECT bool_and(pg_has_role(relowner, 'USAGE')) AS owns
  FROM pg_class WHERE oid = ANY ($1::text[]::regclass[])`;
const KEYS = 'keys of the secrets';
const HAS_HISTORY = "SELECT to_regclass('attempts_delivered') IS NOT NULL AS there";

/** @param box null: SECRETS_KEY is wrong, which is reported already. */
export async function databaseFindings(databaseUrl: string, box: SecretBox | null): Promise<Finding[]> {
  try {
    return await readOnly(databaseUrl, async (client) => {
      const facts = await inspectDatabase(client);
      const findings = judgeDatabase(facts, databaseAddress(databaseUrl));
      const { rows: history } = await client.query<{ there: boolean }>(HAS_HISTORY);
      if (history[0]?.there === true) {
        const { rows } = await client.query<{ owns: boolean }>(OWNS, [PARENTS]);
        findings.push(judgeDays(await existingTables(client), rows[0]?.owns === true, Date.now()));
      }
      if (box && facts.pending.length === 0 && facts.denied.length === 0) {
        const { rows } = await client.query<{ id: string }>(KEY_IDS);
        const missing = missingKeys(rows, box);
        findings.push(missing === null ? ok(KEYS, 'every stored secret has its key') : fault(KEYS, missing));
      }
      const { aheadMs, uncertainMs } = facts.clock;
      return [...findings, judgeClock('PostgreSQL', aheadMs, uncertainMs)];
    });
  } catch (error) {
    if (error instanceof StartError) return [fault('PostgreSQL', error.message)];
    throw error;
  }
}
