/**
 * Reads an event back: from the row of its delivery, which has all that is sent, or else from the log, where it stays as
 * long as the topic keeps it. Nothing is copied for it.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { decodeEvent } from '../intake/decode-event.ts';
import { Undecodable } from '../intake/undecodable.ts';
import { OffsetGone, UnknownPartition } from '../kafka/log-faults.ts';
import type { LogReader } from '../kafka/log-reader.ts';
import type { LogRecord } from '../kafka/log-record.ts';
import { TopicLogs } from '../kafka/topic-logs.ts';
import type { EventSource, EventToDeliver, UserEvent } from '../model/event.ts';
import { findStored } from '../retries/stored-delivery.ts';

/** Of the smallest batch: about one record. */
const ONE_RECORD = { maxWaitMs: 0, maxBytes: 1 };
/** Behind the beginning of a log there may be markers and aborted records only. */
const PORTIONS_AT_MOST = 10;

/** An event that neither a row nor the log has any more. */
export class EventExpired {
  /** @param logBeginsAt time of the first record that its partition still has (RFC 3339); null where there is none. */
  constructor(readonly logBeginsAt: string | null) {}
}

/** What lies at a place of the events topic. */
export type Place =
  | { readonly is: 'event'; readonly event: UserEvent; readonly recordedAt: Date | null }
  | { readonly is: 'undecodable'; readonly fault: Undecodable }
  | { readonly is: 'expired'; readonly expired: EventExpired }
  /** There is no such partition, or the log does not reach so far, or no record is there. */
  | { readonly is: 'nothing'; readonly why: string };

/** A delivery, as far as its event can be found by it. */
export interface SoughtDelivery {
  readonly id: string;
  readonly eventId: string;
  /** Null for a test send. */
  readonly source: EventSource | null;
}

@Injectable()
export class EventLookup {
  readonly #log: LogReader;

  constructor(
    logs: TopicLogs,
    @InjectDataSource() private readonly dataSource: DataSource,
  ) {
    this.#log = logs.events;
  }

  /** @throws LogUnavailable */
  async ofDelivery({ id, eventId, source }: SoughtDelivery): Promise<EventToDeliver | EventExpired> {
    const stored = await findStored(this.dataSource.manager, id);
    if (stored) return stored.event;
    if (source?.topic !== this.#log.topic) return new EventExpired(null);
    const place = await this.at(source.partition, Number(source.offset));
    // The topic may have been made anew since.
    if (place.is === 'event' && place.event.id === eventId) return place.event;
    if (place.is === 'expired') return place.expired;
    return new EventExpired(await this.#beginning(source.partition));
  }

  /** @throws LogUnavailable */
  async at(partition: number, offset: number): Promise<Place> {
    try {
      const batch = await this.#log.read(partition, offset, ONE_RECORD);
      const record = batch?.records.find((one) => one.offset >= offset);
      if (!batch || !record || !covers(record, offset)) return nothingAt(offset, batch?.lastOffset ?? null);
      const event = decodeEvent(this.#log.topic, partition, record);
      return event instanceof Undecodable
        ? { is: 'undecodable', fault: event }
        : { is: 'event', event, recordedAt: recordTime(record) };
    } catch (error) {
      if (error instanceof UnknownPartition) return { is: 'nothing', why: error.message };
      if (!(error instanceof OffsetGone)) throw error;
      if (offset >= error.endsAt) return { is: 'nothing', why: error.message };
      return { is: 'expired', expired: new EventExpired(await this.#beginning(partition)) };
    }
  }

  async #beginning(partition: number): Promise<string | null> {
    let next = (await this.#log.bounds()).get(partition)?.low;
    for (let portions = 0; next !== undefined && portions < PORTIONS_AT_MOST; portions += 1) {
      const batch = await this.#log.read(partition, next, ONE_RECORD);
      const [first] = batch?.records ?? [];
      if (first) return recordTime(first)?.toISOString() ?? null;
      next = batch ? batch.lastOffset + 1 : undefined;
    }
    return null;
  }
}

/** What could not be read stands for several offsets. */
function covers({ offset, unread }: LogRecord, sought: number): boolean {
  return sought >= (unread?.firstOffset ?? offset) && sought <= offset;
}

function nothingAt(offset: number, lastOffset: number | null): Place {
  return {
    is: 'nothing',
    why:
      lastOffset === null
        ? `the log has no offset ${offset} yet`
        : `no record is at the offset ${offset}: it was compacted away, or its transaction was aborted, or it is a marker`,
  };
}

/** Null where no date can hold it: brokers take any number. */
function recordTime({ timestamp }: LogRecord): Date | null {
  const time = new Date(Number(timestamp));
  return Number.isNaN(time.getTime()) ? null : time;
}
