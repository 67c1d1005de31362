/**
 * Commits a real offset where the log no longer has the committed one, for example because retention has deleted it.
 *
 * kafkajs 2.2.4 commits −2 (or −1) there, which only means "the beginning" (or "the end") in a request for offsets. Until the
 * next record of the partition is finished, the committed offset is below zero, and whoever reads the lag reads nonsense.
 */
import { createRequire } from 'node:module';

interface Place {
  readonly topic: string;
  readonly partition: number;
}

interface OffsetManager {
  readonly groupId: string;
  readonly generationId: number;
  readonly memberId: string;
  readonly topicConfigurations: Readonly<Record<string, { readonly fromBeginning: boolean }>>;
  readonly cluster: {
    fetchTopicsOffset(
      topics: readonly { topic: string; fromBeginning: boolean; partitions: { partition: number }[] }[],
    ): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]>;
  };
  getCoordinator(): Promise<{ offsetCommit(request: object): Promise<unknown> }>;
  clearOffsets(place: Place): void;
  setDefaultOffset(place: Place): Promise<void>;
}

let done = false;

/** Changes kafkajs for the whole process; only the first call does something. */
export function commitRealOffsets(): void {
  if (done) return;
  done = true;
  const require = createRequire(import.meta.url);
  const { prototype } = require('kafkajs/src/consumer/offsetManager') as { prototype: OffsetManager };
  prototype.setDefaultOffset = async function (this: OffsetManager, { topic, partition }): Promise<void> {
    const { groupId, generationId, memberId } = this;
    const fromBeginning = this.topicConfigurations[topic]?.fromBeginning ?? true;
    const [found] = await this.cluster.fetchTopicsOffset([
      { topic, fromBeginning, partitions: [{ partition }] },
    ]);
    const offset = found?.partitions[0]?.offset;
    // Without a commit, the next fetch is out of range as well, and asks again.
    if (offset !== undefined && Number(offset) >= 0) {
      const coordinator = await this.getCoordinator();
      await coordinator.offsetCommit({
        groupId,
        memberId,
        groupGenerationId: generationId,
        topics: [{ topic, partitions: [{ partition, offset }] }],
      });
    }
    this.clearOffsets({ topic, partition });
  };
}
