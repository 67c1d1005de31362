/**
 * Erases a user from the history: all attempts and states of their deliveries, and rows that were given up. Deliveries
 * that still wait are sent. Statistics stay, because they name nobody.
 *
 * The results topic keeps its records until its retention deletes them. If they are read again, they are left out
 * (`ErasedUsers`).
 */
import { hash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { AuditLog } from '../audit/audit-log.ts';
import type { Origin } from '../model/actor.ts';
import { storableText } from '../model/storable-text.ts';
import { Problem } from '../rest/problem.ts';
import { RunningProcesses } from '../roles/running-processes.ts';
import { hashesOf, LOCK_TO_ERASE } from './erased-users.ts';

const LOT = 1_000;

const NOTE = `
  INSERT INTO erased_users (username_hash, erased_at) VALUES ($1, clock_timestamp())
  ON CONFLICT (username_hash) DO UPDATE SET erased_at = excluded.erased_at`;
/** All deliveries of the user. Each has a state, or is listed by its one attempt. */
const FIND = `
  SELECT delivery_id FROM delivery_states
  WHERE hashtextextended(username, 0) = hashtextextended($1::text, 0) AND username = $1
  UNION
  SELECT delivery_id FROM attempts
  WHERE delivered AND attempt = 1 AND hashtextextended(username, 0) = hashtextextended($1::text, 0) AND username = $1
  LIMIT ${LOT}`;
const DELETE_ATTEMPTS = 'DELETE FROM attempts WHERE delivery_id = ANY ($1::uuid[])';
const DELETE_STATES = 'DELETE FROM delivery_states WHERE delivery_id = ANY ($1::uuid[])';
const DELETE_DEAD = `
  DELETE FROM retries WHERE delivery_id = ANY (ARRAY (
    SELECT delivery_id FROM retries
    WHERE dead AND hashtextextended(username, 0) = hashtextextended($1::text, 0) AND username = $1
    LIMIT ${LOT} FOR UPDATE SKIP LOCKED
  ))`;

@Injectable()
export class UserErasure {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly audit: AuditLog,
    private readonly processes: RunningProcesses,
  ) {}

  /** In lots: a user may have very many. What was erased stays so if it ends in the middle; the call is made again then. */
  async erase(origin: Origin, given: string): Promise<void> {
    const username = storableText(given);
    if (username === '') throw new Problem('not_found', 'A user name is not empty.');
    await this.processes.need('history');
    const usernameHash = hash('sha256', username);
    await this.dataSource.transaction(async (manager) => {
      await manager.query(LOCK_TO_ERASE);
      await manager.query(NOTE, [usernameHash]);
      await this.audit.record(manager, origin, {
        action: 'user.history_erased',
        webhookId: null,
        // The audit trail is kept for ever, so it must not name the erased user.
        changes: { username_sha256: { before: usernameHash, after: null } },
      });
    });
    for (const name of new Set([username, ...hashesOf(given)])) await this.#eraseAs(name);
  }

  async #eraseAs(username: string): Promise<void> {
    for (;;) {
      const found = await this.dataSource.query<{ delivery_id: string }[]>(FIND, [username]);
      if (found.length === 0) break;
      const ids = found.map(({ delivery_id }) => delivery_id);
      await this.dataSource.transaction(async (manager) => {
        await manager.query(DELETE_ATTEMPTS, [ids]);
        await manager.query(DELETE_STATES, [ids]);
      });
    }
    for (;;) {
      const [, count] = await this.dataSource.query<[unknown[], number]>(DELETE_DEAD, [username]);
      if (count === 0) break;
    }
  }
}
