/** One event of each trigger for one new user, in the form in which a producer sends them. */
import { randomUUID } from 'node:crypto';
import { TRIGGER_CATALOGUE, TRIGGERS, type Trigger } from '../../src/model/trigger.ts';

export interface DemoEvent {
  readonly id: string;
  readonly type: Trigger;
  readonly timestamp: string;
  readonly data: Record<string, unknown> & { readonly username: string };
}

/** In the order in which they must arrive: `user_deleted` comes last. */
export function demoEvents(): DemoEvent[] {
  const username = `demo-${randomUUID().slice(0, 8)}`;
  const deletedLast = (type: Trigger): number => Number(type === 'user_deleted');
  return TRIGGERS.toSorted((one, other) => deletedLast(one) - deletedLast(other)).map((type) => ({
    id: randomUUID(),
    type,
    timestamp: new Date().toISOString(),
    data: { ...TRIGGER_CATALOGUE[type].sample, username },
  }));
}
