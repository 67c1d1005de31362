/**
 * Works the cursors of the partitions that this process owns, and of no others. A cursor reads a part of the log for one
 * webhook, and sends its events again or for the first time. REST only writes down what is wanted.
 *
 * It makes three promises. Nothing of a partition begins before its cursors are known here. Every write to a cursor
 * carries the claim of the partition's owner. If a webhook is behind, commits do not pass the place where it left until a
 * row holds that place. `docs/guarantee.md` shows why this is enough.
 */
import { Logger } from '@nestjs/common';
import type { Preparer } from '../intake/preparer.ts';
import type { OffsetTracker } from '../intake/offset-tracker.ts';
import { ThrottledWarning } from '../logging/throttled-warning.ts';
import type { WebhookChange } from '../matching/known-webhooks.ts';
import type { CatchUpParts } from './catch-up-parts.ts';
import { AwakeRuns } from './awake-runs.ts';
import { CursorCensus } from './cursor-census.ts';
import type { CursorChange } from './cursor-store.ts';
import { OwnedPartition } from './owned-partition.ts';

const CLAIM_AGAIN_MS = 500;

export class CatchUp implements Preparer {
  readonly #logger = new Logger(CatchUp.name);
  readonly #trouble = new ThrottledWarning(
    this.#logger,
    'cursors could not be read or written, trying again',
  );
  readonly #owned = new Map<number, OwnedPartition>();
  /** Counts changes of webhooks. So a read that began before a change is known to be out of date. */
  #news = 0;
  readonly #awake: AwakeRuns;
  #polling = false;
  #stopped = false;
  #closed = false;
  #pollAgain = false;
  #saving: Promise<void> | null = null;

  constructor(private readonly parts: CatchUpParts) {
    const { cursors } = parts;
    this.#awake = new AwakeRuns({
      soon: (callback) => {
        parts.soon(callback);
      },
      elapsed: () => cursors.elapsed(),
      turned: (waitedMs, now) => {
        cursors.allowance.turned(waitedMs, now);
      },
      work: (run) => {
        if (!this.#stopped) this.#owned.get(run.cursor.partition)?.step(run);
      },
    });
  }

  /** Nothing of the partition begins until `opened` is called. That happens when its cursors are known. */
  prepare(partition: number, tracker: OffsetTracker, opened: () => void): void {
    this.#owned.get(partition)?.drop();
    const owned = new OwnedPartition(partition, tracker, {
      ...this.parts.cursors,
      recovery: this.parts.recovery,
      find: (webhookId, evenPaused) =>
        evenPaused ? this.parts.webhooks.known(webhookId) : this.parts.webhooks.find(webhookId),
      wake: (run) => {
        this.#awake.wake(run);
      },
    });
    this.#owned.set(partition, owned);
    if (!this.#closed) void this.#claim(owned, opened);
  }

  /** Webhooks changed, here or elsewhere; called before any event is matched with what they are now. */
  changed(changes: readonly WebhookChange[]): void {
    this.#news += 1;
    for (const { id, before, behindOn } of changes) {
      if (before !== null) continue;
      for (const partition of behindOn) {
        const owned = this.#owned.get(partition);
        if (owned?.claimed === true && !owned.tracker.revoked) owned.leaveTo(id);
      }
    }
    this.#takeOutPaused();
    void this.poll();
  }

  /** Called once, when the process is about to end. */
  stopReading(): void {
    this.#stopped = true;
  }

  /** Gives up all running reads and writes. From now on, the log and PostgreSQL may be closed. */
  close(): void {
    this.#closed = true;
  }

  /** Lets every cursor go on that can. */
  tick(): void {
    if (this.#stopped) return;
    for (const owned of this.#current()) {
      owned.placeThoseThatLeft();
      for (const run of owned.runs.values()) this.#awake.wake(run);
    }
  }

  /** What is worked now, for metrics. */
  get census(): CursorCensus {
    return new CursorCensus(this.#owned.values(), new Set(this.parts.webhooks.paused));
  }

  /** Reads what REST has written down. A call while it reads makes it read once more. */
  async poll(): Promise<void> {
    if (this.#closed) return;
    if (this.#polling) {
      this.#pollAgain = true;
      return;
    }
    this.#polling = true;
    try {
      do {
        this.#pollAgain = false;
        await this.#look();
        // It may be set while it looks.
      } while (this.#isPollWanted);
    } catch (error) {
      this.#say(error);
    } finally {
      this.#polling = false;
    }
    this.tick();
  }

  /** Writes how far the cursors have come. */
  save(): Promise<void> {
    this.#saving ??= this.#write().finally(() => {
      this.#saving = null;
    });
    return this.#saving;
  }

  get #isPollWanted(): boolean {
    return this.#pollAgain && !this.#closed;
  }

  /** It may be closed while something is awaited. */
  get #isClosed(): boolean {
    return this.#closed;
  }

  /** Errors after the close are expected: the log and PostgreSQL may be closed already. */
  #say(error: unknown): void {
    if (!this.#closed) this.#trouble.say(error);
  }

  async #look(): Promise<void> {
    const asked = this.#current().map((owned) => ({ owned, before: owned.known }));
    if (asked.length === 0) return;
    const { looks } = this.parts.backlog;
    const cursors = await this.parts.store.list(asked.map(({ owned }) => owned.partition));
    for (const { owned, before } of asked) {
      if (owned.tracker.revoked) continue;
      owned.reconcile(
        cursors.filter(({ partition }) => partition === owned.partition),
        before,
      );
      this.#cleanUp(owned);
    }
    // The cursors know of dead rows now. What is read again live knows only of those from before the claim.
    if (asked.every(({ owned }) => owned.tracker.readsNewOnly)) this.parts.backlog.forgetEmptied(looks);
    this.#takeOutPaused();
  }

  /** Rows of deleted webhooks are gone, and none can be made. */
  #cleanUp(owned: OwnedPartition): void {
    for (const run of [...owned.runs.values()])
      if (!owned.isStored(run) && !this.parts.webhooks.isEnabled(run.cursor.webhookId)) owned.remove(run);
  }

  async #claim(owned: OwnedPartition, opened: () => void): Promise<void> {
    while (!owned.tracker.revoked && !this.#isClosed) {
      const { partition } = owned;
      const news = this.#news;
      try {
        const before = owned.known;
        const claim = { partition, token: owned.newToken() };
        const { cursors, begins, before: ofOthers } = await this.parts.store.claim(claim);
        if (owned.isLost()) return;
        // A webhook that changed meanwhile may have cursors that this read did not see.
        if (news !== this.#news) continue;
        if (begins !== null) owned.tracker.beginsAt(begins, ofOthers);
        owned.claimed = true;
        owned.reconcile(cursors, before);
        this.#takeOutPaused();
        opened();
        return;
      } catch (error) {
        this.#say(error);
        await new Promise<void>((resolve) => {
          this.parts.after(CLAIM_AGAIN_MS, resolve);
        });
      }
    }
  }

  #takeOutPaused(): void {
    const paused = [...this.parts.webhooks.paused];
    if (paused.length === 0) return;
    for (const owned of this.#current()) for (const webhookId of paused) owned.takeOut(webhookId);
  }

  async #write(): Promise<void> {
    const byPartition = this.#current().map((owned) => ({ owned, changes: owned.changes() }));
    const changes = byPartition.flatMap((one) => one.changes);
    if (changes.length === 0) return;
    try {
      const { written, lost } = await this.parts.store.write(changes);
      for (const { owned, changes: ofOne } of byPartition) this.#wrote(owned, ofOne, { written, lost });
    } catch (error) {
      this.#say(error);
    }
  }

  #wrote(
    owned: OwnedPartition,
    changes: readonly CursorChange[],
    { written, lost }: { written: ReadonlySet<string>; lost: ReadonlySet<number> },
  ): void {
    if (owned.tracker.revoked) return;
    if (lost.has(owned.partition)) {
      // If it is still ours as far as we know, the other claim is out of date.
      void this.#claim(owned, () => undefined);
      return;
    }
    owned.written(changes.filter(({ id }) => written.has(id)));
    if (changes.some(({ id }) => !written.has(id))) void this.poll();
  }

  /** The partitions that are ours and whose cursors are known. */
  #current(): OwnedPartition[] {
    for (const [partition, owned] of this.#owned) {
      if (!owned.tracker.revoked) continue;
      owned.drop();
      this.#owned.delete(partition);
    }
    return [...this.#owned.values()].filter(({ claimed }) => claimed);
  }
}
