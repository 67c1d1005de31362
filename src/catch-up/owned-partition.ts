/**
 * The cursors of one partition, for as long as this process owns it. Pure, apart from the runs.
 *
 * `tracker.behind` lists the webhooks that are behind, and up to which offset live events are not sent to them. While a
 * cursor reads for a webhook, this is Infinity. After the hand-over, it is the offset at which both met.
 */
import { randomUUID } from 'node:crypto';
import type { OffsetTracker } from '../intake/offset-tracker.ts';
import type { Claim, CursorChange } from './cursor-store.ts';
import { isRecovery, type Cursor } from './cursor.ts';
import { CursorRun } from './cursor-run.ts';
import { LeavingWebhooks, setBehind } from './leaving-webhooks.ts';
import { RecoverRun, type RecoverParts } from './recover-run.ts';
import type { CursorParts, Run } from './run.ts';
import { SavedPlace } from './saved-place.ts';

export interface KnownBefore {
  readonly stored: ReadonlySet<string>;
  readonly heard: ReadonlySet<string>;
}

export class OwnedPartition {
  readonly runs = new Map<string, Run>();
  /** A new UUID for each claim. */
  #token = randomUUID();
  claimed = false;
  readonly #saved = new Map<Run, SavedPlace>();
  readonly #leaving: LeavingWebhooks;
  /** Ids of cursors that have ended here. An older read of the table may still have them. */
  readonly #ended = new Set<string>();
  /** Handed-over cursors whose webhook was paused since then, with the offset from which its events wait. */
  readonly #pausedSince = new Map<Run, number>();

  constructor(
    readonly partition: number,
    readonly tracker: OffsetTracker,
    private readonly parts: CursorParts & RecoverParts,
  ) {
    this.#leaving = new LeavingWebhooks(tracker);
  }

  newToken(): string {
    return (this.#token = randomUUID());
  }

  get #claim(): Claim {
    return { partition: this.partition, token: this.#token };
  }

  /** The partition may be lost during an await. */
  isLost(): boolean {
    return this.tracker.revoked;
  }

  isStored(run: Run): boolean {
    return this.#saved.get(run)?.isStored ?? false;
  }

  /** The cursor without an end of this webhook. */
  endlessOf(webhookId: string): Run | null {
    for (const run of this.runs.values()) if (run.endless && run.cursor.webhookId === webhookId) return run;
    return null;
  }

  /** A cursor that is in the table. */
  take(cursor: Cursor): void {
    if (this.#ended.has(cursor.id)) return;
    const known = this.runs.get(cursor.id);
    if (known) {
      const { replay, anyGivenUp } = cursor;
      known.cursor = { ...known.cursor, replay, anyGivenUp };
      return;
    }
    const { webhookId } = cursor;
    if (cursor.end === null) {
      const before = this.endlessOf(webhookId);
      if (before) this.#forget(before);
    }
    this.#add(cursor, true);
    if (cursor.end === null) this.#leaving.hasLeft(webhookId);
  }

  /**
   * From now on the webhook's events wait in the log, from the next one that begins. A cursor is made for it, and commits
   * stay before that place until the cursor is in the table.
   */
  takeOut(webhookId: string): void {
    const run = this.endlessOf(webhookId);
    if (run?.isHandedOver === true && !this.#pausedSince.has(run)) {
      this.#pausedSince.set(run, Math.max(run.handOver?.at ?? 0, this.tracker.position ?? 0));
      setBehind(this.tracker, webhookId, { from: run.cursor.liveBefore, until: Infinity });
    }
    if (run || this.#leaving.has(webhookId)) return;
    this.#leaving.leave(webhookId, false);
    this.placeThoseThatLeft();
  }

  /** Makes the cursors of the webhooks whose place is known by now: where live reading began, or how far it had come. */
  placeThoseThatLeft(): void {
    if (!this.claimed) return;
    for (const [webhookId, next] of this.#leaving.placed) {
      const place = { webhookId, partition: this.partition, next, end: null, liveBefore: next };
      const run = this.#add(
        { id: randomUUID(), ...place, matched: 0, expired: 0, anyGivenUp: false, replay: null },
        false,
      );
      run.handOver?.holdCommits(next);
      this.#leaving.hasLeft(webhookId);
    }
  }

  /** A cursor that is not known here yet will send its events. Commits wait meanwhile. */
  leaveTo(webhookId: string): void {
    if (this.endlessOf(webhookId) === null) this.#leaving.leave(webhookId, true);
  }

  /** What is known now: to be compared with a look at the table that begins after it. */
  get known(): KnownBefore {
    return {
      stored: new Set([...this.#saved].filter(([, { isStored }]) => isStored).map(([{ id }]) => id)),
      heard: this.#leaving.heard,
    };
  }

  /** The rows of the partition. @param before what was known when it was begun to read them. */
  reconcile(cursors: readonly Cursor[], before: KnownBefore): void {
    const present = new Set(cursors.map(({ id }) => id));
    for (const cursor of cursors) this.take(cursor);
    for (const run of [...this.runs.values()]) {
      if (before.stored.has(run.id) && !present.has(run.id)) this.remove(run);
    }
    this.#leaving.looked(before.heard);
    this.placeThoseThatLeft();
  }

  /** The cursor has ended or is gone. The webhook gets live events. */
  remove(run: Run): void {
    this.#forget(run);
    if (!run.endless || this.endlessOf(run.cursor.webhookId)) return;
    this.tracker.behind?.delete(run.cursor.webhookId);
    if (this.tracker.behind?.size === 0) this.tracker.behind = null;
  }

  /**
   * Hands out what may be handed out. A cursor without an end goes first. The others follow in the order of their
   * replays.
   */
  step(run: Run): void {
    // One that is not stored would be sent anew from where the table says, if that has another one.
    if (this.runs.get(run.id) !== run || !this.isStored(run)) return;
    const { replay } = run.cursor;
    if (replay?.stopping === true) run.stop();
    run.waits = !run.endless && replay?.dryRun !== true && this.#isBehindAnother(run);
    run.step();
  }

  #isBehindAnother(run: Run): boolean {
    for (const other of this.runs.values()) {
      if (other === run || other.cursor.webhookId !== run.cursor.webhookId) continue;
      if (other.endless ? other.isReading : isEarlier(other.cursor, run.cursor)) return true;
    }
    return false;
  }

  /** What is to be written now. */
  changes(): CursorChange[] {
    const { position } = this.tracker;
    const ms = this.parts.elapsed();
    return [...this.#saved].flatMap(([run, saved]) => {
      const pausedSince = this.#pausedSince.get(run);
      return saved.change(this.#claim, { position, ms, pausedSince }) ?? [];
    });
  }

  /** These changes are written. */
  written(changes: readonly CursorChange[]): void {
    for (const change of changes) {
      const run = this.runs.get(change.id);
      const saved = run && this.#saved.get(run);
      if (!saved) continue;
      saved.written(change, this.parts.elapsed());
      if (change.kind === 'create') {
        if (!run.isHandedOver) run.handOver?.releaseCommits();
      } else if (change.done) {
        this.#ended.add(run.id);
        this.remove(run);
      } else if (this.#pausedSince.get(run) === change.next && run.isOver) this.#goOnFrom(run, change);
    }
  }

  drop(): void {
    for (const run of this.runs.values()) run.drop();
    this.#leaving.drop();
    this.runs.clear();
    this.#saved.clear();
  }

  /** What was handed over is finished, and the row says where the pause began: it reads on from there. */
  #goOnFrom(run: Run, { next, matched, expired }: Extract<CursorChange, { kind: 'progress' }>): void {
    const { cursor } = run;
    this.#forget(run);
    this.#add({ ...cursor, next, liveBefore: next, matched, expired, replay: null }, true);
  }

  #add(cursor: Cursor, isStored: boolean): Run {
    const run = isRecovery(cursor)
      ? new RecoverRun(this.parts, cursor, this.tracker, () => this.#claim)
      : new CursorRun(this.parts, cursor, this.tracker);
    this.runs.set(run.id, run);
    this.#saved.set(run, new SavedPlace(run, cursor.next, isStored));
    if (run.endless) setBehind(this.tracker, cursor.webhookId, { from: cursor.liveBefore, until: Infinity });
    return run;
  }

  #forget(run: Run): void {
    run.drop();
    this.runs.delete(run.id);
    this.#saved.delete(run);
    this.#pausedSince.delete(run);
  }
}

function isEarlier({ replay }: Cursor, other: Cursor): boolean {
  return replay !== null && !replay.dryRun && replay.id < (other.replay?.id ?? '');
}
