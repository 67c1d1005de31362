/**
 * Reads the table `retries` for the retry worker: which webhooks have rows, and which rows are due. It also renews leases,
 * and finds rows that wait behind nothing. It keeps no state, except how far the sweep has come.
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

  /** Every webhook with live rows. The backlog is told of them as well. */
  async heads(): Promise<Head[]> {
    const { backlog } = this.writer;
    const look = backlog.beginLook();
    const heads = await findHeads(this.dataSource.manager);
    backlog.looked(look, new Set(heads.map(({ webhookId }) => webhookId)));
    return heads;
  }

  /**
   * Leases due deliveries, at most as many as there is room for. If this process still works on one whose lease ran out,
   * the lease is renewed, and the delivery is not returned a second time.
   */
  async claim(room: Room): Promise<Delivery[]> {
    const { leased, lease } = this.writer;
    const claimed = await claimRows(this.dataSource.manager, room, lease);
    const fresh = claimed.filter(({ id }) => !leased.has(id));
    for (const { id } of fresh) leased.add(id);
    return fresh;
  }

  /** Makes the rows of webhooks that were enabled again due. */
  async release(): Promise<void> {
    await releaseRows(this.dataSource.manager);
  }

  /** Renews the leases of all deliveries that this process works on. */
  async renew(): Promise<void> {
    const { leased, lease } = this.writer;
    if (leased.size > 0) await renewLeases(this.dataSource.manager, [...leased], lease);
  }

  /** Checks the next part of the waiting rows. Many calls check all of them. */
  async sweep(): Promise<void> {
    this.#sweepPosition = await this.dataSource.transaction((manager) =>
      sweepWaiting(manager, this.#sweepPosition, SWEEP_ROWS),
    );
  }
}
