/**
 * Finds the last event of each user in a range of the log. After a crash it searches again from where the cursor is. A
 * user whose last event was sent already has none left there. It takes memory for each user with an event in the range.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { decodeEvent } from '../intake/decode-event.ts';
import { Undecodable } from '../intake/undecodable.ts';
import type { LogReader } from '../kafka/log-reader.ts';
import type { UserEvent } from '../model/event.ts';

const MAX_WAIT_MS = 500;

export async function lastPerUser(
  log: Pick<LogReader, 'topic' | 'read'>,
  stretch: {
    readonly partition: number;
    readonly from: number;
    readonly end: number;
    isMeant(event: UserEvent): boolean;
    isOver(): boolean;
  },
): Promise<ReadonlySet<number>> {
  const { partition, from, end } = stretch;
  const lasts = new Map<string, number>();
  for (let next = from; next < end && !stretch.isOver();) {
    const batch = await log.read(partition, next, { maxWaitMs: MAX_WAIT_MS });
    if (batch === null) continue;
    for (const record of batch.records) {
      if (record.offset < next || record.offset >= end) continue;
      const event = decodeEvent(log.topic, partition, record);
      if (!(event instanceof Undecodable) && stretch.isMeant(event)) lasts.set(event.orderKey, record.offset);
    }
    next = batch.lastOffset + 1;
    await nextTurn();
  }
  return new Set(lasts.values());
}
