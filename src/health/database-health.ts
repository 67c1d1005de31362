/**
 * Whether PostgreSQL answers, and takes writes. A server that became a standby still answers queries. By this question, a
 * pool also finds out that a session is read-only, and closes it.
 *
 * PostgreSQL's own messages name users and addresses, so they are only in the log.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, QueryFailedError } from 'typeorm';
import { FOR_DELIVERIES } from '../database/data-source.ts';

const WITHIN_MS = 2_000;
/** Locks no row and writes nothing, but is refused where nothing may be written. */
const MAY_WRITE = 'SELECT FROM webhooks WHERE false FOR UPDATE';
const READ_ONLY = '25006';
const NO_ANSWER = `PostgreSQL gives no good answer within ${WITHIN_MS / 1_000} seconds: see the log`;

@Injectable()
export class DatabaseHealth {
  #asked: Promise<string | null> | null = null;

  /** The deliveries' connections: those of REST may all be in use. */
  constructor(@InjectDataSource(FOR_DELIVERIES) private readonly dataSource: DataSource) {}

  /** What is wrong; null while nothing is. */
  async trouble(): Promise<string | null> {
    // One question at a time: while PostgreSQL hangs each would hold a connection.
    this.#asked ??= this.#ask().finally(() => {
      this.#asked = null;
    });
    return Promise.race([this.#asked, pause(WITHIN_MS, NO_ANSWER, { ref: false })]);
  }

  async #ask(): Promise<string | null> {
    try {
      await this.dataSource.query(MAY_WRITE);
      return null;
    } catch (error) {
      return isReadOnly(error)
        ? 'PostgreSQL takes no writes: the server is read-only, as a standby is'
        : NO_ANSWER;
    }
  }
}

function isReadOnly(error: unknown): boolean {
  const cause: unknown = error instanceof QueryFailedError ? error.driverError : null;
  return cause instanceof Error && 'code' in cause && cause.code === READ_ONLY;
}
