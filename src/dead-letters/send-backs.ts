/**
 * Remembers what was sent back, by whom, and where it is now: the table `dead_letter_send_backs`. The row and an audit
 * entry are written before the record is sent. The place of the record is added when Kafka has acknowledged it.
 */
import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';

/** Runs statements, in a transaction or by itself. */
export type Statements = Pick<EntityManager, 'query'>;

/** A dead letter of a topic. If the topic is made again, the time tells it from another one at the same place. */
export interface LetterPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number | bigint;
}

export interface SendBack {
  readonly at: Date;
  readonly by: string;
  /** Null: Kafka has not acknowledged it. */
  readonly place: { readonly partition: number; readonly offset: string } | null;
}

const INSERT = `
  INSERT INTO dead_letter_send_backs (id, topic, partition, "offset", recorded_at, sent_by)
  VALUES ($1, $2, $3, $4, $5, $6)`;
const ARRIVED = 'UPDATE dead_letter_send_backs SET event_partition = $2, event_offset = $3 WHERE id = $1';
const REMOVE = 'DELETE FROM dead_letter_send_backs WHERE id = $1';
const FIND = `
  SELECT letter.position, b.sent_at, b.sent_by, b.event_partition, b.event_offset
  FROM unnest($2::integer[], $3::bigint[], $4::text[]) WITH ORDINALITY
    AS letter (partition, "offset", recorded_at, position)
  JOIN dead_letter_send_backs b ON b.topic = $1 AND b.partition = letter.partition
    AND b."offset" = letter."offset" AND b.recorded_at = letter.recorded_at
  ORDER BY b.id`;

interface Row {
  position: string;
  sent_at: Date;
  sent_by: string;
  event_partition: number | null;
  event_offset: string | null;
}

/** @returns its id. */
export async function noteSendBack(manager: Statements, letter: LetterPlace, by: string): Promise<string> {
  const id = uuidv7();
  const { topic, partition, offset, timestamp } = letter;
  await manager.query(INSERT, [id, topic, partition, offset, String(timestamp), by]);
  return id;
}

export async function noteArrival(
  manager: Statements,
  id: string,
  place: { readonly partition: number; readonly offset: string },
): Promise<void> {
  await manager.query(ARRIVED, [id, place.partition, place.offset]);
}

/** It is known that it was not sent. */
export async function removeSendBack(manager: Statements, id: string): Promise<void> {
  await manager.query(REMOVE, [id]);
}

/** @param letters of one topic. @returns for each of them what is remembered, oldest first. */
export async function findSendBacks(
  manager: Statements,
  letters: readonly LetterPlace[],
): Promise<SendBack[][]> {
  const found: SendBack[][] = letters.map(() => []);
  const [first] = letters;
  if (!first) return found;
  const rows = await manager.query<Row[]>(FIND, [
    first.topic,
    letters.map(({ partition }) => partition),
    letters.map(({ offset }) => offset),
    letters.map(({ timestamp }) => String(timestamp)),
  ]);
  for (const {
    position,
    sent_at: at,
    sent_by: by,
    event_partition: partition,
    event_offset: offset,
  } of rows) {
    const place = partition === null || offset === null ? null : { partition, offset };
    found[Number(position) - 1]?.push({ at, by, place });
  }
  return found;
}
