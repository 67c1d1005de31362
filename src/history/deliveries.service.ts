/**
 * What became of deliveries: lists of them, and one with its attempts. Read with the connections of REST, so that people
 * who look cannot hold up what is delivered.
 */
import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { validate as isUuid } from 'uuid';
import type { Attempt } from '../model/attempt.ts';
import { Problem } from '../rest/problem.ts';
import { validate } from '../rest/validate.ts';
import { RunningProcesses } from '../roles/running-processes.ts';
import { attemptsOf, findDelivery } from './delivery-lookup.ts';
import { toView } from './delivery-row.ts';
import { search } from './delivery-search.ts';
import { deliveriesQuery, type DeliveryDetail, type DeliveryPage } from './delivery.dto.ts';
import { before, BOTTOM, fromCursor, isAbove, toCursor, TOP } from './place.ts';
import { Waits } from './waits-for.ts';

/** The injection token of whoever knows what a delivery's next request would be. */
export const REQUESTS = Symbol('requests');

/** What the next attempt of a delivery would send, or why that cannot be known. */
export interface Requests {
  ofDelivery(delivery: {
    readonly id: string;
    readonly eventId: string;
    readonly webhookId: string;
    readonly source: { topic: string; partition: number; offset: string } | null;
  }): Promise<Pick<DeliveryDetail, 'request' | 'request_missing'>>;
}

@Injectable()
export class DeliveriesService {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly processes: RunningProcesses,
    private readonly waits: Waits,
    @Inject(REQUESTS) private readonly requests: Requests,
  ) {}

  /** One page, newest first. */
  async list(query: unknown): Promise<DeliveryPage> {
    const { limit, cursor, since, until, ...filter } = validate(deliveriesQuery, query);
    await this.processes.need('history');
    const top = until === undefined ? TOP : before(until.getTime());
    const place = cursor === undefined ? top : fromCursor(cursor);
    const from = isAbove(place, top) ? top : place;
    const to = since === undefined ? BOTTOM : before(since.getTime());
    const { rows, next } = await search(this.dataSource, { filter, limit, from, to });
    const waits = await this.waits.of(rows);
    return {
      data: rows.map((row) => toView(row, waits.get(row.id) ?? null)),
      next_cursor: next && toCursor(next),
      searched_back_to: next && new Date(next.at / 1_000).toISOString(),
    };
  }

  /** @throws Problem `not_found` */
  async read(id: string): Promise<DeliveryDetail> {
    await this.processes.need('history');
    const row = isUuid(id) ? await findDelivery(this.dataSource.manager, id) : null;
    if (!row) throw new Problem('not_found', `There is no delivery ${id}, or none that is kept.`);
    const { source_topic: topic, source_partition: partition, source_offset: offset } = row;
    const source =
      topic === null || partition === null || offset === null ? null : { topic, partition, offset };
    const [waits, attempts, request] = await Promise.all([
      this.waits.of([row]),
      attemptsOf(this.dataSource.manager, row.id),
      this.requests.ofDelivery({ id: row.id, eventId: row.event_id, webhookId: row.webhook_id, source }),
    ]);
    return { ...toView(row, waits.get(row.id) ?? null), attempts: attempts satisfies Attempt[], ...request };
  }
}
