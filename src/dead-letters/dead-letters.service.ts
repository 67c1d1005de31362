/**
 * Shows the dead letters of their topic: page by page, newest first, and one with all its bytes. They stay in the topic.
 * The service only remembers when one was sent back.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { OffsetGone, UnknownPartition } from '../kafka/log-faults.ts';
import type { LogReader } from '../kafka/log-reader.ts';
import { TopicLogs } from '../kafka/topic-logs.ts';
import { Problem } from '../rest/problem.ts';
import { validate } from '../rest/validate.ts';
import {
  deadLettersQuery,
  type DeadLetterPage,
  type DeadLettersQuery,
  type DeadLetterView,
} from './dead-letters.dto.ts';
import { contentOf, letterOf, producersHeaders, type Letter } from './letter.ts';
import { newestFirst, type Stretch } from './newest-first.ts';
import { toPlaceCursor } from './place-cursor.ts';
import { findSendBacks, type LetterPlace, type SendBack } from './send-backs.ts';

/** How many bytes and headers a list shows of each. */
const LISTED = { content: 1_024, headers: 20, header: 256 };
const ALL = { content: Infinity, headers: Infinity, header: Infinity };
/** Records of several instances are not quite in the order of their times. */
const CLOCKS_DIFFER_MS = 60_000;

interface Shown {
  readonly view: Omit<DeadLetterView, 'sent_back'>;
  readonly place: LetterPlace;
}

@Injectable()
export class DeadLettersService {
  readonly #log: LogReader;

  constructor(
    logs: TopicLogs,
    @InjectDataSource() private readonly dataSource: DataSource,
  ) {
    this.#log = logs.deadLetters;
  }

  /** @throws Problem `validation_failed`; LogUnavailable */
  async list(query: unknown): Promise<DeadLetterPage> {
    const { limit, reason, cursor, ...times } = validate(deadLettersQuery, query);
    const since = times.since?.getTime() ?? -Infinity;
    const until = times.until?.getTime() ?? Infinity;
    const stretches = await this.#stretches(since, until, cursor);
    const { found, rest } = await newestFirst<Shown>(this.#log, {
      stretches,
      limit,
      pick: (partition, record) => {
        const time = Number(record.timestamp);
        if (time < since || time >= until) return null;
        const letter = letterOf(record);
        return reason !== undefined && letter.reason !== reason
          ? null
          : this.#shown(partition, letter, LISTED);
      },
    });
    return { data: await this.#withSendBacks(found), next_cursor: toPlaceCursor(rest) };
  }

  /** @throws Problem `not_found`; LogUnavailable */
  async read(partition: number, offset: number): Promise<DeadLetterView> {
    const letter = await this.letter(partition, offset);
    const [view] = await this.#withSendBacks([this.#shown(partition, letter, ALL)]);
    if (!view) throw new Error('one was shown');
    return view;
  }

  /** @throws Problem `not_found`; LogUnavailable */
  async letter(partition: number, offset: number): Promise<Letter> {
    try {
      const batch = await this.#log.read(partition, offset, { maxWaitMs: 0, maxBytes: 1 });
      const record = batch?.records.find((one) => one.offset === offset);
      if (record) return letterOf(record);
      throw new Problem('not_found', `The topic ${this.#log.topic} has no record at ${partition}/${offset}`);
    } catch (error) {
      if (!(error instanceof OffsetGone) && !(error instanceof UnknownPartition)) throw error;
      throw new Problem('not_found', error.message);
    }
  }

  placeOf(partition: number, { record: { offset, timestamp } }: Letter): LetterPlace {
    return { topic: this.#log.topic, partition, offset, timestamp };
  }

  async #stretches(
    since: number,
    until: number,
    cursor: DeadLettersQuery['cursor'],
  ): Promise<Map<number, Stretch>> {
    const bounds = await this.#log.bounds();
    const first = since === -Infinity ? null : await this.#log.offsetsAt(since);
    const last = until === Infinity ? null : await this.#log.offsetsAt(until + CLOCKS_DIFFER_MS);
    const stretches = new Map<number, Stretch>();
    for (const [partition, { low, high }] of bounds) {
      // Records that were added since the first page are newer than the rest of the list.
      const before = cursor ? (cursor.get(partition) ?? low) : high;
      stretches.set(partition, {
        from: Math.max(low, first?.get(partition) ?? low),
        before: Math.min(before, high, last?.get(partition) ?? high),
      });
    }
    return stretches;
  }

  #shown(partition: number, letter: Letter, atMost: typeof LISTED): Shown {
    const { record, reason, message, source, lastOffset, sourceTime, omitted } = letter;
    const headers: DeadLetterView['headers'] = [];
    for (const [name, value] of producersHeaders(record.headers)) {
      if (headers.length >= atMost.headers) break;
      headers.push({ name, value: contentOf(value, atMost.header) });
    }
    const view = {
      partition,
      offset: String(record.offset),
      reason,
      message,
      timestamp: timeOf(record.timestamp),
      source: source && { ...source, last_offset: lastOffset, timestamp: sourceTime },
      key: contentOf(record.key, atMost.content),
      value: contentOf(record.value, atMost.content),
      value_bytes: record.value?.length ?? omitted.value,
      headers,
    };
    return { view, place: this.placeOf(partition, letter) };
  }

  async #withSendBacks(shown: readonly Shown[]): Promise<DeadLetterView[]> {
    const places = shown.map(({ place }) => place);
    const sendBacks = await findSendBacks(this.dataSource.manager, places);
    return shown.map(({ view }, at) => ({ ...view, sent_back: (sendBacks[at] ?? []).map(sendBackView) }));
  }
}

function sendBackView({ at, by, place }: SendBack): DeadLetterView['sent_back'][number] {
  return { at: at.toISOString(), by, partition: place?.partition ?? null, offset: place?.offset ?? null };
}

/** Null if no date can hold it. */
function timeOf(timestamp: number | bigint): string | null {
  const time = new Date(Number(timestamp));
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}
