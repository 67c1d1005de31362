/**
 * Reads the log for one cursor, one portion at a time, and keeps what was read until it is handed out. If the log cannot
 * be read, it tries again later. If records are gone from the log, it tells the cursor.
 */
import { Logger } from '@nestjs/common';
import { ThrottledWarning } from '../logging/throttled-warning.ts';
import type { LogReader } from '../kafka/log-reader.ts';
import { OffsetGone } from '../kafka/log-faults.ts';
import type { UserEvent } from '../model/event.ts';
import type { Allowance } from './allowance.ts';
import { lastPerUser } from './last-per-user.ts';
import { ReadAhead } from './read-ahead.ts';

const READ_AGAIN_MS = 1_000;
/** Little at once: what is read stays in memory until it is handed out, so each collection of garbage must pass over it. */
const FETCH_BYTES = 64 * 1024;
const MAX_WAIT_MS = 500;

export interface ReaderParts {
  readonly log: Pick<LogReader, 'topic' | 'read'>;
  readonly allowance: Pick<Allowance, 'keepBatch' | 'letBatchGo'>;
  /** Milliseconds, never going back. */
  elapsed(): number;
}

/** The cursor that reads. */
export interface Reading {
  /** The offset to read next. */
  readonly next: number;
  /** Whether nothing more must be read. */
  readonly isDropped: boolean;
  /** Something was read, so the cursor can go on. */
  goesOn(): void;
  /** The log has nothing at `next`, and begins at this offset. */
  beginsAt(offset: number): void;
}

export class CursorReader {
  readonly #logger = new Logger(CursorReader.name);
  readonly #trouble = new ThrottledWarning(this.#logger, 'the log could not be read again, trying later');
  readonly ahead: ReadAhead;
  /** The offset of the last event of each user in the range; null until it was searched. */
  lasts: ReadonlySet<number> | null = null;
  #busy = false;
  #againAt = 0;

  constructor(
    private readonly parts: ReaderParts,
    private readonly partition: number,
    private readonly reading: Reading,
  ) {
    this.ahead = new ReadAhead(parts.log.topic, partition, parts.allowance);
  }

  get busy(): boolean {
    return this.#busy;
  }

  read(): void {
    const { next } = this.reading;
    this.#work(async () => {
      const batch = await this.parts.log.read(this.partition, next, {
        maxWaitMs: MAX_WAIT_MS,
        maxBytes: FETCH_BYTES,
      });
      // Where nothing is yet, it looks again at the next tick.
      if (batch === null) return false;
      if (this.reading.next === next && !this.reading.isDropped) this.ahead.keep(batch, next);
      return true;
    });
  }

  findLasts(end: number, isMeant: (event: UserEvent) => boolean): void {
    const stretch = { partition: this.partition, from: this.reading.next, end, isMeant };
    this.#work(async () => {
      this.lasts = await lastPerUser(this.parts.log, { ...stretch, isOver: () => this.reading.isDropped });
      return true;
    });
  }

  /** @param work returns whether it can go on at once. */
  #work(work: () => Promise<boolean>): void {
    if (this.#busy || this.parts.elapsed() < this.#againAt) return;
    this.#busy = true;
    void work()
      .catch((error: unknown) => {
        this.#failed(error);
        return false;
      })
      .then((goesOn) => {
        this.#busy = false;
        if (goesOn) this.reading.goesOn();
      });
  }

  #failed(error: unknown): void {
    this.#againAt = this.parts.elapsed() + READ_AGAIN_MS;
    if (!(error instanceof OffsetGone)) {
      this.#trouble.say(error);
      return;
    }
    const { partition, offset, beginsAt, endsAt } = error;
    this.#logger.warn(
      { partition, offset, beginsAt, endsAt },
      'the log does not have what is to be sent: it was taken by retention, or the topic was made anew',
    );
    this.reading.beginsAt(beginsAt);
  }
}
