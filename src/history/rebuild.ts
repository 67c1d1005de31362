/**
 * Makes the history be read again from the results topic. It deletes the position of each partition. The reader's next
 * write then fails, because it moves a position that is not there, and the reader begins again. Erased users stay erased.
 */
import { DatabaseError } from 'pg';
import { QueryFailedError, type DataSource } from 'typeorm';

const EMPTY = 'TRUNCATE attempts, delivery_states, attempt_counts, attempt_minutes';
const FORGET = 'DELETE FROM history_positions WHERE topic = $1';
/** Others may hold a lock that this needs, and need a lock that this holds. */
const TIMES = 10;
/** `deadlock_detected`, `lock_not_available`. */
const IN_EACH_OTHERS_WAY = ['40P01', '55P03'];

/** @param empties whether the history is emptied first. */
export async function rebuildHistory(dataSource: DataSource, topic: string, empties: boolean): Promise<void> {
  for (let time = 1; ; time += 1) {
    try {
      await rebuildOnce(dataSource, topic, empties);
      return;
    } catch (error) {
      if (time >= TIMES || !isInTheWay(error)) throw error;
    }
  }
}

async function rebuildOnce(dataSource: DataSource, topic: string, empties: boolean): Promise<void> {
  await dataSource.transaction(async (manager) => {
    await manager.query("SET LOCAL lock_timeout = '3s'");
    // In the order of the reader of the topic: first the tables, then the position. It waits for running writes.
    if (empties) await manager.query(EMPTY);
    await manager.query(FORGET, [topic]);
  });
}

function isInTheWay(error: unknown): boolean {
  if (!(error instanceof QueryFailedError)) return false;
  const reason: unknown = error.driverError;
  return reason instanceof DatabaseError && IN_EACH_OTHERS_WAY.includes(reason.code ?? '');
}
