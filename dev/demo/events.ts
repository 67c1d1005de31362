/** One event of each trigger for one user who never was before, as a producer of user events would send them. */
import { randomUUID } from 'node:crypto';
import { TRIGGER_CATALOGUE, TRIGGERS, type Trigger } from '../../src/model/trigger.ts';

export interface DemoEvent {
  readonly id: string;
  readonly type: Trigger;
  readonly timestamp: string;
  readonly data: Record<string, unknown> & { readonly username: string };
}

/** In the order of a user's life, which is the order they must arrive in. */
export function demoEvents(): DemoEvent[] {
  const username = `demo-${randomUUID().slice(0, 8)}`;
  const lastly = (type: Trigger): number => Number(type === 'user_deleted');
  return TRIGGERS.toSorted((one, other) => lastly(one) - lastly(other)).map((type) => ({
    id: randomUUID(),
    type,
    timestamp: new Date().toISOString(),
    data: { ...TRIGGER_CATALOGUE[type].sample, username },
  }));
}
