/**
 * Which processes of the service run, and in which roles: each keeps a row of the table `processes` fresh. So a route that
 * needs a role can say that nobody has it, in place of an answer that is never finished or never new.
 *
 * A process that died counts for a quarter of a minute. One that stops in good order takes its row along.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { SETTINGS } from '../config/config.module.ts';
import type { Role, RolesSettings } from '../config/roles.settings.ts';
import { Problem } from '../rest/problem.ts';

const BEAT_MS = 5_000;
/** What explains why deliveries wait is told as soon as it is noticed. */
const NEWS_MS = 500;
/** Three beats. */
const COUNTS_FOR = '15 seconds';
/** What died without a word is forgotten. */
const KEPT_FOR = '1 day';

const BEAT = `
  INSERT INTO processes (id, roles, facts, seen_at) VALUES ($1, $2, $3, now())
  ON CONFLICT (id) DO UPDATE SET seen_at = now(), facts = excluded.facts`;
const FORGET_DEAD = `DELETE FROM processes WHERE seen_at < now() - interval '${KEPT_FOR}'`;
const LEAVE = 'DELETE FROM processes WHERE id = $1';
const FACTS = `SELECT facts FROM processes WHERE seen_at > now() - interval '${COUNTS_FOR}'`;
const IS_RUNNING = `
  SELECT FROM processes WHERE $1 = ANY (roles) AND seen_at > now() - interval '${COUNTS_FOR}' LIMIT 1`;

/** What a process that dispatches knows and is not in a table. */
export interface Facts {
  /** For people: where it runs. */
  readonly instance: string;
  /** Of the events topic, those that it owns. */
  readonly partitions: readonly number[];
  /** Until when their breakers are open, by webhook; milliseconds since the epoch. 0: it is to be tried, and may still fail. */
  readonly breakers: Readonly<Record<string, number>>;
  /** Webhooks whose secrets it cannot decrypt. */
  readonly unreadable: readonly string[];
}

const NO_FACTS: Facts = { instance: '', partitions: [], breakers: {}, unreadable: [] };

@Injectable()
export class RunningProcesses {
  readonly #logger = new Logger(RunningProcesses.name);
  readonly #id = uuidv7();
  readonly #roles: readonly Role[];
  readonly #timers: NodeJS.Timeout[] = [];
  #told = '';
  #beating = false;
  #facts = (): Facts => NO_FACTS;

  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    @Inject(SETTINGS) { ROLES }: RolesSettings,
  ) {
    this.#roles = ROLES;
  }

  /** @param facts as they are now, told with each beat. */
  async start(facts: () => Facts): Promise<void> {
    this.#facts = facts;
    await this.dataSource.query(FORGET_DEAD);
    await this.#beat();
    this.#timers.push(
      setInterval(() => void this.#beat(), BEAT_MS),
      setInterval(() => {
        if (newsOf(this.#facts()) !== this.#told) void this.#beat();
      }, NEWS_MS),
    );
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    await this.dataSource.query(LEAVE, [this.#id]);
  }

  /** @throws Problem `role_not_running` where no running process has the role. */
  async need(role: Role): Promise<void> {
    if (await this.isRunning(role)) return;
    throw new Problem(
      'role_not_running',
      `No running process has the role ${role}. Start one with ROLES=${role}, or with all roles.`,
      [],
      { role },
    );
  }

  /** Whether a running process has the role. */
  async isRunning(role: Role): Promise<boolean> {
    if (this.#roles.includes(role)) return true;
    const running = await this.dataSource.query<unknown[]>(IS_RUNNING, [role]);
    return running.length > 0;
  }

  /** Of all running processes. One of another version may know less. */
  async facts(): Promise<Facts[]> {
    const rows = await this.dataSource.query<{ facts: Partial<Facts> }[]>(FACTS);
    return rows.map(({ facts }) => ({ ...NO_FACTS, ...facts }));
  }

  async #beat(): Promise<void> {
    if (this.#beating) return;
    this.#beating = true;
    try {
      const facts = this.#facts();
      await this.dataSource.query(BEAT, [this.#id, this.#roles, JSON.stringify(facts)]);
      this.#told = newsOf(facts);
    } catch (error) {
      this.#logger.debug({ err: error }, 'the roles of this process could not be told');
    } finally {
      this.#beating = false;
    }
  }
}

/** To the second: a time that is computed again differs by milliseconds. */
function newsOf({ breakers, unreadable }: Facts): string {
  const untils = Object.entries(breakers).map(([id, until]) => [id, Math.round(until / 1_000)]);
  return JSON.stringify([untils, unreadable]);
}
