/**
 * Has the results topic read again. Whoever reads it finds that its position is gone, and begins anew: its own writing
 * fails from then on, as it moves a position that is not there. Users who were taken out stay out.
 */
import type { DataSource } from 'typeorm';

const EMPTY = 'TRUNCATE attempts, delivery_states, attempt_counts';
const FORGET = 'DELETE FROM history_positions WHERE topic = $1';

/** @param empties whether what is there goes first, all or nothing. */
export async function rebuildHistory(dataSource: DataSource, topic: string, empties: boolean): Promise<void> {
  await dataSource.transaction(async (manager) => {
    // First: it waits for what is being written, and nothing is written after it.
    await manager.query(FORGET, [topic]);
    if (!empties) return;
    await manager.query("SET LOCAL lock_timeout = '8s'");
    await manager.query(EMPTY);
  });
}
