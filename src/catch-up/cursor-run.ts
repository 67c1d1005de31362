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
import { Logger } from '@nestjs/common';
import { decodeEvent } from '../intake/decode-event.ts';
import type { OffsetTracker } from '../intake/offset-tracker.ts';
import { Undecodable } from '../intake/undecodable.ts';
import type { LogReader } from '../kafka/log-reader.ts';
import { OffsetGone } from '../kafka/log-faults.ts';
import type { RecordBatch } from '../kafka/log-record.ts';
import type { UserEvent } from '../model/event.ts';
import type { Webhook } from '../model/webhook.ts';
import type { Holder } from '../pipeline/delivery-run.ts';
import type { PipelineService } from '../pipeline/pipeline.service.ts';
import type { Allowance } from './allowance.ts';
import { CursorProgress } from './cursor-progress.ts';
import { isMeant, reasonOf, type Cursor } from './cursor.ts';
import { lastPerUser } from './last-per-user.ts';
import type { Run } from './run.ts';

/** What is looked at in one turn of the event loop. */
const RECORDS_AT_ONCE = 200;
const READ_AGAIN_MS = 1_000;
const MAX_WAIT_MS = 500;

/** What a run needs of others. */
export interface CursorParts {
  readonly log: Pick<LogReader, 'topic' | 'read'>;
  readonly pipeline: Pick<PipelineService, 'acceptAgain'>;
  readonly allowance: Allowance;
  /** The webhook to send to; null while nothing is to be sent. */
  find(webhookId: string): Webhook | null;
  /** Milliseconds, never going back. */
  elapsed(): number;
  /** It could go on: call `step` of it, not now but soon. */
  wake(run: Run): void;
}

export class CursorRun implements Run {
  readonly #logger = new Logger(CursorRun.name);
  readonly id: string;
  #state: 'reading' | 'handed_over' | 'over' = 'reading';
  #progress: CursorProgress;
  #batch: RecordBatch | null = null;
  #at = 0;
  #decoded: UserEvent | null = null;
  #reading = false;
  #readAgainAt = 0;
  #expired: number;
  #since: number | null = null;
  #lasts: ReadonlySet<number> | null = null;
  #dropped = false;
  #handOverAt = Infinity;
  #release: (() => void) | null = null;
  /** Something else must come first. */
  waits = false;

  constructor(
    private readonly parts: CursorParts,
    public cursor: Cursor,
    private readonly tracker: OffsetTracker,
  ) {
    this.id = cursor.id;
    this.#progress = new CursorProgress(cursor.next);
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

  /** From this offset on, events are sent as they come; Infinity until it has met what is live. */
  get handOverAt(): number {
    return this.#handOverAt;
  }

  /** Whether nothing is left to do. */
  get isOver(): boolean {
    if (this.#state === 'handed_over' && this.#isCoveredByCommits) this.#state = 'over';
    return this.#state === 'over' && this.#progress.underWay === 0;
  }

  get saved(): number {
    return this.#progress.saved;
  }

  /** When the record was written that was read last; null: none was. */
  get since(): number | null {
    return this.#since;
  }

  get expired(): number {
    return this.#expired;
  }

  countMatched(): number {
    return this.cursor.matched + this.#progress.countMatched();
  }

  /** It is not worked any more: what is under way ends, and counts for nothing. */
  drop(): void {
    this.#dropped = true;
    this.#forgetBatch();
    this.releaseCommits();
  }

  /** Hands out what may be handed out now, and reads on. */
  step(): void {
    if (this.#state !== 'reading' || this.#dropped || this.tracker.revoked || this.#reading) return;
    if (this.#progress.anyTakenBack) {
      if (this.#progress.underWay > 0) return;
      this.#progress.goBack();
      this.#forgetBatch();
    }
    const webhook = this.parts.find(this.cursor.webhookId);
    const comesFirst = this.endless && (this.tracker.position ?? 0) < this.cursor.liveBefore;
    if (!webhook || this.waits || comesFirst || !this.parts.allowance.isOpen(this.cursor.webhookId)) {
      // It waits in the log.
      this.#forgetBatch();
      return;
    }
    if (this.cursor.replay?.mode === 'last_per_user' && this.#lasts === null) this.#findLasts(webhook);
    else this.#handOut(webhook);
  }

  /** It ends where it is; a webhook that is behind goes on with what is live. */
  stop(): void {
    if (this.#state !== 'reading') return;
    this.#batch = null;
    if (this.endless) this.#handOver(Math.max(this.#progress.next, this.tracker.position ?? 0));
    else this.#state = 'over';
  }

  #handOut(webhook: Webhook): void {
    for (let looked = 0; ; looked += 1) {
      if (this.#isAtEnd) {
        this.#endOrHandOver();
        return;
      }
      const record = this.#batch?.records[this.#at];
      if (!record) {
        if (!this.#batch) break;
        this.#progress.passed(this.#batch.lastOffset + 1);
        this.#forgetBatch();
        continue;
      }
      if (this.#mayNotPass(record.offset)) return;
      if (looked >= RECORDS_AT_ONCE) {
        this.parts.wake(this);
        return;
      }
      if (!this.#take(record.offset, webhook)) return;
    }
    if (this.parts.allowance.mayRead) this.#read();
  }

  /** @returns false where it must wait. */
  #take(offset: number, webhook: Webhook): boolean {
    const { replay } = this.cursor;
    if (this.#progress.isOpen(offset) && (this.#lasts === null || this.#lasts.has(offset))) {
      const event = this.#decode();
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
    if (!this.parts.allowance.take(webhook.id, bytes)) return false;
    this.#progress.begin(offset);
    this.#next(offset);
    const why = { reason: reasonOf(replay), replayId: replay?.id ?? null };
    this.parts.pipeline.acceptAgain(event, webhook, why, this.#holder(offset, webhook.id, bytes));
    return !this.#progress.anyTakenBack;
  }

  #holder(offset: number, webhookId: string, bytes: number): Holder {
    const { tracker } = this;
    const end = (): void => {
      this.parts.allowance.giveBack(webhookId, bytes);
      this.parts.wake(this);
    };
    return {
      get revoked() {
        return tracker.revoked;
      },
      deliveryFinished: () => {
        this.#progress.finish(offset);
        end();
      },
      takeBack: () => {
        // What is live by now may be behind it.
        if (this.#state === 'handed_over' && !this.#dropped) return false;
        this.#progress.takeBack(offset);
        end();
        return true;
      },
    };
  }

  /** Of what has not begun live, a replay sends nothing: it would be ahead of what comes before it. */
  #mayNotPass(offset: number): boolean {
    if (this.endless || this.cursor.replay?.dryRun === true) return false;
    return offset >= (this.tracker.position ?? 0);
  }

  get #isAtEnd(): boolean {
    const { end } = this.cursor;
    const at = this.#batch?.records[this.#at]?.offset ?? this.#progress.next;
    if (end !== null) return at >= end || this.#progress.next >= end;
    const { position } = this.tracker;
    return this.#batch === null && position !== null && this.#progress.next >= position;
  }

  #endOrHandOver(): void {
    this.#forgetBatch();
    if (this.cursor.end === null) {
      this.#handOver(this.#progress.next);
      return;
    }
    // What its lane cannot take would have to be stored.
    if (this.#progress.underWay > 0) return;
    this.#progress.passed(this.cursor.end);
    this.#state = 'over';
  }

  #handOver(offset: number): void {
    this.#progress.passed(offset);
    this.#state = 'handed_over';
    this.#handOverAt = offset;
    this.tracker.behind?.set(this.cursor.webhookId, { from: this.cursor.liveBefore, until: offset });
    this.holdCommits(offset);
  }

  /** Commits must not pass this offset while a later owner could not know that the webhook is behind before it. */
  holdCommits(offset: number): void {
    this.releaseCommits();
    this.#release = this.tracker.hold(offset);
  }

  releaseCommits(): void {
    this.#release?.();
    this.#release = null;
  }

  get #isCoveredByCommits(): boolean {
    const position = this.tracker.position ?? 0;
    return (
      this.#progress.underWay === 0 &&
      position >= this.#handOverAt &&
      this.tracker.hasCommitted(Math.min(this.#handOverAt, position))
    );
  }

  #decode(): UserEvent | null {
    if (this.#decoded) return this.#decoded;
    const record = this.#batch?.records[this.#at];
    if (!record) return null;
    const decoded = decodeEvent(this.parts.log.topic, this.cursor.partition, record);
    this.#decoded = decoded instanceof Undecodable ? null : decoded;
    return this.#decoded;
  }

  #next(offset: number): void {
    this.#since = Number(this.#batch?.records[this.#at]?.timestamp ?? this.#since);
    this.#progress.passed(offset + 1);
    this.#at += 1;
    this.#decoded = null;
  }

  #forgetBatch(): void {
    this.#batch = null;
    this.#decoded = null;
    this.#at = 0;
  }

  #read(): void {
    if (this.parts.elapsed() < this.#readAgainAt) return;
    const { partition } = this.cursor;
    const { next } = this.#progress;
    this.#working(async () => {
      const batch = await this.parts.log.read(partition, next, { maxWaitMs: MAX_WAIT_MS });
      // Where nothing is yet, it looks again at the next tick.
      if (batch === null) return false;
      if (this.#progress.next !== next) return true;
      this.#batch = batch;
      const first = batch.records.findIndex(({ offset }) => offset >= next);
      this.#at = first < 0 ? batch.records.length : first;
      return true;
    });
  }

  #findLasts(webhook: Webhook): void {
    if (this.parts.elapsed() < this.#readAgainAt) return;
    const { partition, replay, end } = this.cursor;
    this.#working(async () => {
      this.#lasts = await lastPerUser(this.parts.log, {
        partition,
        from: this.#progress.next,
        end: end ?? 0,
        isMeant: (event) => isMeant(event, webhook, replay),
        isOver: () => this.#dropped || this.tracker.revoked,
      });
      return true;
    });
  }

  /** @param work says whether it could go on at once. */
  #working(work: () => Promise<boolean>): void {
    this.#reading = true;
    void work()
      .catch((error: unknown) => {
        this.#failed(error);
        return false;
      })
      .then((goesOn) => {
        this.#reading = false;
        if (goesOn) this.parts.wake(this);
      });
  }

  #failed(error: unknown): void {
    const { webhookId, partition } = this.cursor;
    if (error instanceof OffsetGone) {
      this.#goTo(error.beginsAt);
      return;
    }
    this.#readAgainAt = this.parts.elapsed() + READ_AGAIN_MS;
    this.#logger.warn({ err: error, webhookId, partition }, 'the log could not be read again, trying later');
  }

  /** What the log has no more is counted, and said. Where it begins before, it is another log: the topic was made anew. */
  #goTo(offset: number): void {
    const { next } = this.#progress;
    const { webhookId, partition } = this.cursor;
    const made = offset <= next ? 'the topic was made anew: reading its partition from the beginning' : null;
    const until = Math.min(offset, this.cursor.end ?? Infinity);
    if (made !== null && this.#progress.underWay > 0) return;
    if (made === null) this.#expired += until - next;
    if (made === null) this.#progress.passed(until);
    else this.#progress = new CursorProgress(offset);
    this.#logger.warn(
      { webhookId, partition, offset: next, beginsAt: offset, lost: this.#expired },
      made ?? 'the log does not have what a webhook was to be sent any more: it begins later',
    );
  }
}
