/**
 * Reads the waiting room: which webhooks have rows, what is due, which leases to keep, what to sweep. Single statements,
 * with no state but the place of the sweep.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { Delivery } from '../model/delivery.ts';
import { FOR_DELIVERIES } from '../database/data-source.ts';
import { claimRows, findHeads, renewLeases, type Head, type Room } from './claim-rows.ts';
import { sweepWaiting, type SweepPosition } from './finish-rows.ts';
import { releaseRows } from './release-rows.ts';
import { RetryWriter } from './retry-writer.ts';

const SWEEP_ROWS = 1_000;

@Injectable()
export class RetryQueue {
  #sweepPosition: SweepPosition | null = null;

  constructor(
    @InjectDataSource(FOR_DELIVERIES) private readonly dataSource: DataSource,
    private readonly writer: RetryWriter,
  ) {}

  /** Every webhook with rows to be sent, also as news for the backlog. */
  async heads(): Promise<Head[]> {
    const { backlog } = this.writer;
    const look = backlog.beginLook();
    const heads = await findHeads(this.dataSource.manager);
    backlog.looked(look, new Set(heads.map(({ webhookId }) => webhookId)));
    return heads;
  }

  /**
   * Leases due deliveries, at most as many as there is room for. One whose lease ran out while this
   * very process still works it gets its lease back, and is not handed out again.
   */
  async claim(room: Room): Promise<Delivery[]> {
    const { leased, lease } = this.writer;
    const claimed = await claimRows(this.dataSource.manager, room, lease);
    const fresh = claimed.filter(({ id }) => !leased.has(id));
    for (const { id } of fresh) leased.add(id);
    return fresh;
  }

  /** Makes due what waited for webhooks that were enabled again. */
  async release(): Promise<void> {
    await releaseRows(this.dataSource.manager);
  }

  /** Keeps the leases of all that this process works. */
  async renew(): Promise<void> {
    const { leased, lease } = this.writer;
    if (leased.size > 0) await renewLeases(this.dataSource.manager, [...leased], lease);
  }

  /** Looks at the next part of what waits; the whole of it in many calls. */
  async sweep(): Promise<void> {
    this.#sweepPosition = await this.dataSource.transaction((manager) =>
      sweepWaiting(manager, this.#sweepPosition, SWEEP_ROWS),
    );
  }
}
