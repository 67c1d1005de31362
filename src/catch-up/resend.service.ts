/**
 * Sends one delivery again, whether it succeeded or not.
 *
 * If it has a row, it keeps the row. If it was given up, the owner of its partition tries it again. If it waits, it is
 * due now, unless an earlier delivery of its user waits too. If it has no row, its event is read again from the log. The
 * history knows where it is there, and how many attempts the delivery had.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { validate as isUuid } from 'uuid';
import { DataSource } from 'typeorm';
import { DeliveryLookup } from '../history/delivery-lookup.ts';
import type { Origin } from '../model/actor.ts';
import { Problem } from '../rest/problem.ts';
import { LogTimes } from './log-times.ts';
import type { ReplayView } from './replay.dto.ts';
import { ReplaysService } from './replays.service.ts';

const ROW = `
  SELECT webhook_id, status, sequence, source_partition FROM retries WHERE delivery_id = $1`;

/** A delivery that is under way, or behind another one of its user, is sent in its turn. Its retry schedule begins anew. */
const DUE_NOW = `
  UPDATE retries
  SET due_at = CASE status WHEN 'pending' THEN now() ELSE due_at END, reason = 'resend', replay_id = $2,
      attempts_before = attempts
  WHERE delivery_id = $1 AND NOT dead`;

interface Row {
  readonly webhook_id: string;
  readonly status: 'pending' | 'sending' | 'waiting' | 'dead';
  readonly sequence: string;
  readonly source_partition: number | null;
}

@Injectable()
export class ResendService {
  constructor(
    private readonly replays: ReplaysService,
    private readonly history: DeliveryLookup,
    private readonly times: LogTimes,
    @InjectDataSource() private readonly dataSource: DataSource,
  ) {}

  /** @throws Problem `not_found`, `webhook_disabled`, `event_expired` */
  async resend(origin: Origin, deliveryId: string): Promise<ReplayView> {
    const id = isUuid(deliveryId) ? deliveryId : null;
    const [row] = id === null ? [] : await this.dataSource.query<Row[]>(ROW, [id]);
    if (row?.status === 'dead') return this.#revive(origin, deliveryId, row);
    if (row) return this.#dueNow(origin, deliveryId, row);
    const place = id === null ? null : await this.history.deliveryPlace(id);
    if (!place) throw new Problem('not_found', `there is no delivery ${deliveryId}, or none that is kept`);
    if (!place.source)
      throw new Problem(
        'not_found',
        `the delivery ${deliveryId} was a test send, so it has no event; make another test send`,
      );
    const { partition } = place.source;
    const offset = Number(place.source.offset);
    const bounds = await this.times.boundsOf(partition);
    if (!bounds || offset < bounds.low || offset >= bounds.high) {
      const since = await this.times.beginsAt();
      const reach = since === null ? '' : `; the log has everything since ${since.toISOString()}`;
      throw new Problem(
        'event_expired',
        `the event of the delivery ${deliveryId} is not in the log any more${reach}`,
        [],
        since === null ? undefined : { log_begins_at: since.toISOString() },
      );
    }
    const { webhookId, eventId, attempts: attemptsBefore } = place;
    const wish = { kind: 'resend', webhookId, eventId, deliveryId, attemptsBefore, total: 1 } as const;
    return this.replays.start(origin, wish, [{ partition, from: offset, end: offset + 1 }]);
  }

  async #revive(origin: Origin, deliveryId: string, row: Row): Promise<ReplayView> {
    const partitions = await this.times.partitions();
    const own = partitions.find((partition) => partition === row.source_partition);
    const from = Number(row.sequence);
    const stretches = [own ?? partitions[0] ?? 0].map((partition) => ({ partition, from, end: from + 1 }));
    // It is in the table, not in the log. So this is a recovery of one delivery.
    return this.replays.start(
      origin,
      { kind: 'resend', webhookId: row.webhook_id, deliveryId, total: 1 },
      stretches,
    );
  }

  #dueNow(origin: Origin, deliveryId: string, row: Row): Promise<ReplayView> {
    return this.replays.start(
      origin,
      { kind: 'resend', webhookId: row.webhook_id, deliveryId, total: 1, matched: 1 },
      [],
      async (manager, replayId) => {
        await manager.query(DUE_NOW, [deliveryId, replayId]);
      },
    );
  }
}
