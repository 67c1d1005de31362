/**
 * Reads the table `retries` for the retry worker: which webhooks have rows, and which rows are due. It also renews leases,
 * and finds rows that wait behind nothing. It keeps no state, except how far the sweep has come.
 */
import { Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { Delivery } from '../model/delivery.ts';
import { FOR_DELIVERIES } from '../database/data-source.ts';
import { isDatabaseRefusal } from '../database/unavailable.ts';
import { ThrottledWarning } from '../logging/throttled-warning.ts';
import { bytesHeld } from '../model/event.ts';
import { claimRows, findHeads, renewLeases, type Head, type Room } from './claim-rows.ts';
import { sweepWaiting, type SweepPosition } from './finish-rows.ts';
import { releaseRows } from './release-rows.ts';
import { RetryWriter } from './retry-writer.ts';
import type { Lease } from './store-rows.ts';

const SWEEP_ROWS = 1_000;

@Injectable()
export class RetryQueue {
  readonly #refused = new ThrottledWarning(
    new Logger(RetryQueue.name),
    'PostgreSQL refuses to hand out the rows of a webhook; those of the others go on',
  );
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
    const claimed = await this.#claimAny(room, lease);
    const fresh = claimed.filter(({ id }) => !leased.has(id));
    for (const { id } of fresh) leased.add(id);
    return fresh;
  }

  /** If PostgreSQL refuses the claim, one row is at fault, for example a damaged one. Then each webhook is asked for alone. */
  async #claimAny(room: Room, lease: Lease): Promise<Delivery[]> {
    const { manager } = this.dataSource;
    try {
      return await claimRows(manager, room, lease);
    } catch (error) {
      if (!isDatabaseRefusal(error) || room.places.size < 2) throw error;
    }
    const claimed: Delivery[] = [];
    let { bytes } = room;
    for (const [webhookId, count] of room.places) {
      if (bytes <= 0) break;
      try {
        const some = await claimRows(manager, { places: new Map([[webhookId, count]]), bytes }, lease);
        for (const { event } of some) bytes -= bytesHeld(event);
        claimed.push(...some);
      } catch (error) {
        // What is claimed so far must be worked at.
        if (!isDatabaseRefusal(error) && claimed.length === 0) throw error;
        this.#refused.say(error, { webhookId });
      }
    }
    return claimed;
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
