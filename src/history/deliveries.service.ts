/**
 * Lists deliveries, and shows one delivery with its attempts. It uses the database connections of REST, so that readers
 * cannot hold up deliveries.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { validate as isUuid } from 'uuid';
import type { Attempt } from '../model/attempt.ts';
import { Problem } from '../rest/problem.ts';
import { validate } from '../rest/validate.ts';
import { RunningProcesses } from '../roles/running-processes.ts';
import { attemptsOf, findDelivery } from './delivery-lookup.ts';
import { toView } from './delivery-row.ts';
import { RequestPreviews } from '../explain/request-previews.ts';
import { search } from './delivery-search.ts';
import { deliveriesQuery, type DeliveryDetail, type DeliveryPage } from './delivery.dto.ts';
import { before, BOTTOM, fromCursor, isAbove, toCursor, TOP } from './place.ts';
import { Waits } from './waits-for.ts';

@Injectable()
export class DeliveriesService {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly processes: RunningProcesses,
    private readonly waits: Waits,
    private readonly requests: RequestPreviews,
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
      this.requests.ofDelivery({ id: row.id, webhookId: row.webhook_id, eventId: row.event_id, source }),
    ]);
    return { ...toView(row, waits.get(row.id) ?? null), attempts: attempts satisfies Attempt[], ...request };
  }
}
