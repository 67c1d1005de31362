/**
 * Lets a member of a group outlive the broker that coordinates it.
 *
 * When that broker dies or is restarted, another one takes over what is known of the group: members, generation, offsets.
 * kafkajs 2.2.4 goes on asking the old one until it gives up the consumer, or makes the member join again, which stops all
 * members and makes them begin anew what is under way. Here the coordinator is looked for beside the reading, and the
 * member goes on as it was. It does so for as long as its session lasts without a heartbeat, and no longer: then others
 * may have its partitions.
 */
import { createRequire } from 'node:module';

interface Group {
  readonly groupId: string;
  readonly sessionTimeout: number;
  /** When a heartbeat was answered last, by the wall clock. */
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
    // A join that came between has found its own.
    if (group.coordinator !== before) return;
    group.coordinator = found;
    if (group.offsetManager) group.offsetManager.coordinator = found;
  } catch {
    // The next heartbeat looks again.
  } finally {
    searching.delete(group);
  }
}
