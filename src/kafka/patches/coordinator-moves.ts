/**
 * Lets a member stay in its group when the broker that coordinates the group goes away.
 *
 * When that broker dies or restarts, another one becomes the coordinator. It knows the group's members, generation and
 * offsets. kafkajs 2.2.4 goes on asking the old broker until it gives up the consumer, or until the member joins again.
 * A join stops all members, and they begin anew what is under way. Here the new coordinator is searched while reading goes
 * on. This lasts at most as long as the session without a heartbeat: after that, others may have the partitions.
 */
import { createRequire } from 'node:module';

interface Group {
  readonly groupId: string;
  readonly sessionTimeout: number;
  /** When the last heartbeat was answered, by the wall clock. */
  readonly lastRequest: number;
  coordinator: unknown;
  readonly offsetManager: { coordinator: unknown } | null;
  readonly cluster: { findGroupCoordinator(of: { groupId: string }): Promise<unknown> };
  heartbeat(options: { interval: number }): Promise<void>;
}

const AWAY = new Set(['KafkaJSConnectionError', 'KafkaJSConnectionClosedError']);
const NOT_HERE = new Set([
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
]);

const searching = new WeakSet<Group>();
let done = false;

/** Changes kafkajs for the whole process; only the first call does something. */
export function followCoordinator(): void {
  if (done) return;
  done = true;
  const require = createRequire(import.meta.url);
  const { prototype } = require('kafkajs/src/consumer/consumerGroup') as { prototype: Group };
  // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with the group as `this`
  const { heartbeat } = prototype;
  prototype.heartbeat = async function (this: Group, options): Promise<void> {
    const inSession = Date.now() - this.lastRequest < this.sessionTimeout;
    if (inSession && searching.has(this)) return;
    try {
      await heartbeat.call(this, options);
    } catch (error) {
      if (!isAway(error)) throw error;
      void search(this);
      if (!inSession) throw error;
    }
  };
}

function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return AWAY.has(error.name) || ('type' in error && NOT_HERE.has(String(error.type)));
}

async function search(group: Group): Promise<void> {
  if (searching.has(group)) return;
  searching.add(group);
  const { coordinator: before } = group;
  try {
    const found = await group.cluster.findGroupCoordinator({ groupId: group.groupId });
    // A join that happened meanwhile has found the coordinator itself.
    if (group.coordinator !== before) return;
    group.coordinator = found;
    if (group.offsetManager) group.offsetManager.coordinator = found;
  } catch {
    // The next heartbeat searches again.
  } finally {
    searching.delete(group);
  }
}
