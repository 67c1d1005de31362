/**
 * Looks every few seconds for rows of deleted webhooks, and deletes them in lots. After each lot it pauses for as long as
 * the lot took, so that deliveries get at least half of the database's time. Instances share the work without any contact.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { FOR_DELIVERIES } from '../database/data-source.ts';
import { ThrottledWarning } from '../logging/throttled-warning.ts';
import { deleteOrphans, findOrphans } from './orphan-rows.ts';

const INTERVAL_MS = 5_000;
const LOT = 1_000;

@Injectable()
export class OrphanSweep {
  readonly #logger = new Logger(OrphanSweep.name);
  readonly #undeleted = new ThrottledWarning(
    this.#logger,
    'rows of deleted webhooks could not be deleted, trying again',
  );
  readonly #stopped = new AbortController();
  #timer: NodeJS.Timeout | null = null;
  #sweeping = false;

  constructor(@InjectDataSource(FOR_DELIVERIES) private readonly dataSource: DataSource) {}

  start(): void {
    this.#timer = setInterval(() => void this.#sweep(), INTERVAL_MS);
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
    this.#stopped.abort();
  }

  async #sweep(): Promise<void> {
    if (this.#sweeping) return;
    this.#sweeping = true;
    try {
      for (const webhookId of await findOrphans(this.dataSource.manager)) await this.#deleteAll(webhookId);
    } catch (error) {
      if (!this.#stopped.signal.aborted) this.#undeleted.say(error);
    } finally {
      this.#sweeping = false;
    }
  }

  async #deleteAll(webhookId: string): Promise<void> {
    let deleted = 0;
    for (;;) {
      const startedAt = performance.now();
      const count = await deleteOrphans(this.dataSource.manager, webhookId, LOT);
      if (count === 0) break;
      deleted += count;
      await pause(performance.now() - startedAt, undefined, { signal: this.#stopped.signal });
    }
    if (deleted > 0) this.#logger.log({ webhookId, rows: deleted }, 'the rows of a deleted webhook are gone');
  }
}
