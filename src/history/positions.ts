/**
 * How far each partition of the results topic was read. The transaction that writes the results also moves the position.
 * It moves only if it is where the reader believes it to be. So of two readers of one partition, only one can write.
 */
import type { Pool, PoolClient } from 'pg';

/** The offsets that the log has. */
export interface LogBounds {
  readonly low: number;
  /** Where the next record will be. */
  readonly high: number;
}

export interface Move {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  readonly end: number;
  /** Of the last record; milliseconds since the epoch. */
  readonly readTo: number | null;
  readonly passedOver: number;
}

const FIND = `
  INSERT INTO history_positions AS p (topic, partition, next_offset, end_offset) VALUES ($1, $2, $3, $4)
  ON CONFLICT (topic, partition) DO UPDATE SET end_offset = excluded.end_offset, checked_at = now()
  RETURNING next_offset`;
const MOVE = {
  name: 'history-move',
  text: `
  UPDATE history_positions SET
    next_offset = $4::bigint, end_offset = greatest($5::bigint, $4::bigint), passed_over = passed_over + $7, checked_at = now(),
    read_to = coalesce($6::timestamptz, read_to), first_read_at = coalesce(first_read_at, $6::timestamptz)
  WHERE topic = $1 AND partition = $2 AND next_offset = $3`,
};
const LOSE = `
  UPDATE history_positions SET next_offset = $4::bigint, lost = lost + $5
  WHERE topic = $1 AND partition = $2 AND next_offset = $3`;
const CHECKED = `
  UPDATE history_positions SET checked_at = now(), end_offset = greatest($4::bigint, next_offset)
  WHERE topic = $1 AND partition = $2 AND next_offset = $3`;

/** @returns the stored position, or the beginning of the log if there is none. */
export async function findPosition(
  pool: Pool,
  topic: string,
  partition: number,
  { low, high }: LogBounds,
): Promise<number> {
  const { rows } = await pool.query<{ next_offset: string }>(FIND, [topic, partition, low, high]);
  return Number(rows[0]?.next_offset ?? low);
}

/** @returns false if another reader has moved it. */
export async function movePosition(client: PoolClient, move: Move): Promise<boolean> {
  const { topic, partition, from, to, end, readTo, passedOver } = move;
  const values = [topic, partition, from, to, end, readTo === null ? null : new Date(readTo), passedOver];
  const { rowCount } = await client.query({ ...MOVE, values });
  return rowCount === 1;
}

/** The log no longer has this offset. @param lost how many records, as far as that is known. */
export async function startAnew(
  pool: Pool,
  move: { topic: string; partition: number; from: number; to: number; lost: number },
): Promise<void> {
  await pool.query(LOSE, [move.topic, move.partition, move.from, move.to, move.lost]);
}

/** No records came. @returns false if another reader has moved it. */
export async function noteChecked(
  pool: Pool,
  at: { topic: string; partition: number; next: number; end: number },
): Promise<boolean> {
  const { rowCount } = await pool.query(CHECKED, [at.topic, at.partition, at.next, at.end]);
  return rowCount === 1;
}
