/**
 * Works one cursor: reads its part of the log, and hands the events that it is for to the pipeline, in order, while their
 * lane has room. What the lane cannot take comes back and is sent later; it never goes to the database for that.
 *
 * | state | meaning | leaves it |
 * | --- | --- | --- |
 * | `reading` | its events come from here | it has come to its end → `over`; without an end, it has met what is live → `handed_over` |
 * | `handed_over` | from an offset on, events come as they are live; some before it are under way | nothing is under way, and commits have come there → `over` |
 * | `over` | nothing is left to do | – |
 *
 * Who owns the partition, and what is written of the cursor, is told in `catch-up.ts`.
 */
import type { OffsetTracker } from '../intake/offset-tracker.ts';
import type { UserEvent } from '../model/event.ts';
import type { Webhook } from '../model/webhook.ts';
import { TURN_MS } from './awake-runs.ts';
import { CursorProgress } from './cursor-progress.ts';
import { HeldByCursor, type HoldingCursor } from './held-by-cursor.ts';
import { HandOver } from './hand-over.ts';
import { isMeant, whyAgain, type Cursor } from './cursor.ts';
import { CursorReader, type Reading } from './cursor-reader.ts';
import type { CursorParts, Run } from './run.ts';

export class CursorRun implements Run, Reading, HoldingCursor {
  readonly id: string;
  #state: 'reading' | 'handed_over' | 'over' = 'reading';
  #progress: CursorProgress;
  readonly #reader: CursorReader;
  #expired: number;
  #dropped = false;
  readonly handOver: HandOver;
  waits = false;

  constructor(
    readonly parts: CursorParts,
    public cursor: Cursor,
    readonly tracker: OffsetTracker,
  ) {
    this.id = cursor.id;
    this.#progress = new CursorProgress(cursor.next);
    this.#reader = new CursorReader(parts, cursor.partition, this);
    this.handOver = new HandOver(tracker, cursor.webhookId, cursor.liveBefore);
    this.#expired = cursor.expired;
  }

  get endless(): boolean {
    return this.cursor.end === null;
  }

  get isReading(): boolean {
    return this.#state === 'reading';
  }

  get isHandedOver(): boolean {
    return this.#state === 'handed_over';
  }

  get next(): number {
    return this.#progress.next;
  }

  get isDropped(): boolean {
    return this.#dropped || this.tracker.revoked;
  }

  goesOn(): void {
    this.parts.wake(this);
  }

  get isOver(): boolean {
    if (this.#progress.underWay > 0) return false;
    if (this.#state === 'handed_over' && this.handOver.isCovered) this.#state = 'over';
    return this.#state === 'over';
  }

  get saved(): number {
    return this.#progress.saved;
  }

  get since(): number | null {
    return this.#reader.ahead.since;
  }

  get expired(): number {
    return this.#expired;
  }

  countMatched(): number {
    return this.cursor.matched + this.#progress.countMatched();
  }

  drop(): void {
    this.#dropped = true;
    this.#reader.ahead.forget();
    this.parts.allowance.leave(this);
    this.handOver.releaseCommits();
  }

  step(): void {
    if (this.#state !== 'reading' || this.#dropped || this.tracker.revoked || this.#reader.busy) return;
    if (this.#progress.anyTakenBack) {
      if (this.#progress.underWay > 0) return;
      this.#progress.goBack();
      this.#reader.ahead.forget();
    }
    const webhook = this.parts.find(this.cursor.webhookId, this.cursor.replay?.dryRun === true);
    const comesFirst = this.endless && (this.tracker.position ?? 0) < this.cursor.liveBefore;
    if (!webhook || this.waits || comesFirst || !this.parts.allowance.isOpen(this.cursor.webhookId)) {
      // It waits in the log.
      this.#reader.ahead.forget();
      return;
    }
    const { replay, end } = this.cursor;
    if (replay?.mode === 'last_per_user' && this.#reader.lasts === null)
      this.#reader.findLasts(end ?? 0, (event) => isMeant(event, webhook, replay));
    else this.#handOut(webhook);
  }

  /** Ends the cursor at its present place. A webhook that is behind goes on with live events. */
  stop(): void {
    if (this.#state !== 'reading') return;
    this.#reader.ahead.forget();
    if (this.endless) this.#meetLive(Math.max(this.#progress.next, this.tracker.position ?? 0));
    else this.#state = 'over';
  }

  #handOut(webhook: Webhook): void {
    const until = this.parts.elapsed() + TURN_MS;
    for (;;) {
      if (this.#isAtEnd) {
        this.#endOrHandOver();
        return;
      }
      const { record } = this.#reader.ahead;
      if (!record) {
        if (this.#reader.ahead.isEmpty) break;
        this.#progress.passed(this.#reader.ahead.end);
        this.#reader.ahead.forget();
        continue;
      }
      if (this.#mayNotPass(record.offset)) return;
      if (this.parts.elapsed() > until) {
        this.goesOn();
        return;
      }
      if (!this.#take(record.offset, webhook)) return;
    }
    if (this.parts.allowance.mayRead) this.#reader.read();
  }

  /** @returns false if it must wait. */
  #take(offset: number, webhook: Webhook): boolean {
    const { replay } = this.cursor;
    if (this.#progress.isOpen(offset) && this.#reader.lasts?.has(offset) !== false) {
      const { event } = this.#reader.ahead;
      if (event !== null && isMeant(event, webhook, replay)) return this.#deliver(event, offset, webhook);
    }
    this.#next(offset);
    return true;
  }

  #deliver(event: UserEvent, offset: number, webhook: Webhook): boolean {
    const { replay } = this.cursor;
    if (replay?.dryRun === true) {
      this.#progress.begin(offset);
      this.#progress.finish(offset);
      this.#next(offset);
      return true;
    }
    const bytes = event.body.length;
    const orderKey = webhook.ordering === 'per_user' ? event.orderKey : null;
    const wanted = { webhookId: webhook.id, orderKey, bytes, besideLive: !this.endless };
    if (!this.parts.allowance.take(this, wanted)) {
      // Others may be waiting to read.
      if (!this.parts.allowance.mayRead) this.#reader.ahead.forget();
      return false;
    }
    this.#progress.begin(offset);
    this.#next(offset);
    const why = whyAgain(replay);
    this.parts.pipeline.acceptAgain(event, webhook, why, new HeldByCursor(this, offset, bytes));
    return !this.#progress.anyTakenBack;
  }

  /** @returns false if it must be stored, because live events may be behind it by now. */
  takeBack(offset: number): boolean {
    if (this.#state === 'handed_over' && !this.#dropped) return false;
    this.#progress.takeBack(offset);
    return true;
  }

  finish(offset: number): void {
    this.#progress.finish(offset);
  }

  /** A replay never sends an event that has not begun live. It would overtake earlier events. */
  #mayNotPass(offset: number): boolean {
    return !this.endless && !this.cursor.replay?.dryRun && offset >= (this.tracker.position ?? 0);
  }

  get #isAtEnd(): boolean {
    const { end } = this.cursor;
    const at = this.#reader.ahead.record?.offset ?? this.#progress.next;
    if (end !== null) return at >= end || this.#progress.next >= end;
    const { position } = this.tracker;
    return this.#reader.ahead.isEmpty && position !== null && this.#progress.next >= position;
  }

  #endOrHandOver(): void {
    this.#reader.ahead.forget();
    if (this.cursor.end === null) {
      this.#meetLive(this.#progress.next);
      return;
    }
    // A delivery that its lane cannot take would have to be stored.
    if (this.#progress.underWay > 0) return;
    this.#progress.passed(this.cursor.end);
    this.#state = 'over';
  }

  #meetLive(offset: number): void {
    this.#progress.passed(offset);
    this.#state = 'handed_over';
    this.handOver.happen(offset);
  }

  #next(offset: number): void {
    this.#progress.passed(offset + 1);
    this.#reader.ahead.next();
  }

  /**
   * What the log has no more is counted. Where it begins before, it is another log: the topic was made anew. Of one with an
   * end nothing is in it; one without an end goes on with what is in it.
   */
  beginsAt(offset: number): void {
    const { next } = this.#progress;
    const { end } = this.cursor;
    if (offset <= next && end === null) {
      if (this.#progress.underWay === 0) this.#progress = new CursorProgress(offset);
      return;
    }
    const until = offset <= next ? (end ?? next) : Math.min(offset, end ?? Infinity);
    this.#expired += until - next;
    this.#progress.passed(until);
  }
}
