/**
 * Knows for one assignment of one partition which offset may be committed, which record begins next, and which webhooks are
 * behind. It never offers an offset before everything below it is finished. It never takes a record twice. Pure.
 *
 * An offset is *received* when its record was fetched. It is *in flight* from when its work *begins* until it is *finished*.
 * *Committable* is the offset after the last one that is finished together with all before it. Offsets have gaps, because
 * of compaction and control records. So their order is the order in which they were received.
 *
 * Offsets are numbers here, exact up to 2^53: at a million records per second, a partition reaches that in 285 years.
 */

/** The offsets of the events that are not sent live to a webhook: from `from` (inclusive) to `until` (exclusive). */
export interface Behind {
  readonly from: number;
  readonly until: number;
}

const NOTHING = { givenUp: 0, read: 0 };

export class OffsetTracker {
  /** Received and not yet below `#committable`, in order. It begins at `#head`; what is before that is dropped in lots. */
  #offsets: number[] = [];
  #head = 0;
  readonly #finished = new Set<number>();
  #inFlight = 0;
  #highest = -1;
  #end = -1;
  #committable = -1;
  /** What was committed last; before the first commit, where this assignment began to read. */
  #committed = -1;
  #revoked = false;
  #open = false;
  /** See `position`. */
  #position: number | null = null;
  #start: number | null = null;
  /** Offsets that commits may not pass. */
  readonly #holds = new Set<{ readonly offset: number }>();
  /** The offset from which a kept partition may be read again; null once a new record came. */
  #rereadFrom: number | null = null;

  /** True once the partition was lost. No new work may start. Work under way may end, but nothing is committed for it. */
  get revoked(): boolean {
    return this.#revoked;
  }

  /** By webhook id: the webhooks that are behind here. Null: none is. */
  behind: Map<string, Behind> | null = null;

  /** Before this offset there are deliveries that an owner before has given up, and whose offset it has not committed. */
  givenUpBefore = 0;

  /** An owner before may have read what is before this offset. So deliveries of it may have rows. */
  mayBeReadBefore = 0;

  /** Whether records of the partition may begin. */
  get isOpen(): boolean {
    return this.#open;
  }

  open(): void {
    this.#open = true;
  }

  /** All records from this offset on will begin, and none before it will; null until that is known. */
  get position(): number | null {
    return this.#position;
  }

  /** The first `position` of this assignment. */
  get start(): number | null {
    return this.#start;
  }

  /**
   * Sets where reading begins by what the group has committed, if nothing of the partition was received yet.
   *
   * @param before see there.
   */
  beginsAt(offset: number, before: { readonly givenUp: number; readonly read: number } = NOTHING): void {
    this.givenUpBefore = before.givenUp;
    this.mayBeReadBefore = before.read;
    if (this.#position !== null) return;
    this.#position = offset;
    this.#start = offset;
    this.#committed = offset;
  }

  /** Whether all begins from now on that an owner before may have read. */
  get readsNewOnly(): boolean {
    return (this.#position ?? 0) >= this.mayBeReadBefore;
  }

  /** No commit passes this offset until the returned function is called. */
  hold(offset: number): () => void {
    const hold = { offset };
    this.#holds.add(hold);
    return () => void this.#holds.delete(hold);
  }

  /** Whether this offset or a later one was committed. */
  hasCommitted(offset: number): boolean {
    return this.#committed >= offset;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** How many records were received from the first unfinished one on. They are read again after a crash. */
  get span(): number {
    return this.#offsets.length - this.#head;
  }

  /** Infinity when everything received is finished. */
  get oldestUnfinished(): number {
    return this.#offsets[this.#head] ?? Infinity;
  }

  /** The first offset that is not received, not finished and not committed; null until that is known. */
  get positions(): {
    readonly received: number;
    readonly finished: number;
    readonly committed: number;
  } | null {
    if (this.#committed === -1) return null;
    const committed = this.#committed;
    return { received: this.#end, finished: Math.max(this.#committable, committed), committed };
  }

  revoke(): void {
    this.#revoked = true;
  }

  /**
   * The member has joined again and kept the partition. The partition is now read again, from what is committed now, in
   * several batches. Commits go on meanwhile, and may pass the place that is being read.
   */
  rejoined(): void {
    this.#rereadFrom = this.#committed;
  }

  /**
   * Takes a batch and returns the offsets that are new. After a rejoin, kafkajs reads a kept partition again from the last
   * commit. Offsets that are known are in flight or finished, and must not be worked twice.
   *
   * @param offsets ascending; empty if the batch has no records, but for example control records.
   * @param lastOffset the last offset of the batch, at or after that of its last record.
   * @param firstOffset the first offset of the batch, at or before that of its first record.
   */
  receive(offsets: readonly number[], lastOffset: number, firstOffset = offsets[0] ?? -1): readonly number[] {
    const fresh = offsets.filter((offset) => offset > this.#highest);
    if (fresh.length > 0) this.#rereadFrom = null;
    if (this.#committed === -1) this.#committed = firstOffset;
    this.#position ??= firstOffset;
    this.#start ??= firstOffset;
    for (const offset of fresh) this.#offsets.push(offset);
    this.#highest = Math.max(this.#highest, fresh.at(-1) ?? -1);
    this.#end = Math.max(this.#end, lastOffset + 1);
    this.#advance();
    return fresh;
  }

  /**
   * Whether a batch begins before the offset that reading began with or that was committed (at the last join, while the
   * partition is read again). Then the topic was made anew, or its offsets were reset. This tracker knows only the old log,
   * so it must not drop records of the new one.
   */
  isRewoundBy(firstOffset: number): boolean {
    return firstOffset < (this.#rereadFrom ?? this.#committed);
  }

  /** The work of one received offset begins. */
  begin(offset: number): void {
    this.#inFlight += 1;
    this.#position = Math.max(this.#position ?? 0, offset + 1);
  }

  finish(offset: number): void {
    if (
      offset > this.#highest ||
      this.#finished.has(offset) ||
      offset < (this.#offsets[this.#head] ?? Infinity)
    )
      return;
    this.#finished.add(offset);
    this.#inFlight -= 1;
    this.#advance();
  }

  /** The next offset to commit, or null when nothing was finished since the last commit. */
  get committable(): number | null {
    let offset = this.#committable;
    for (const hold of this.#holds) offset = Math.min(offset, hold.offset);
    return offset > this.#committed ? offset : null;
  }

  /** The broker has committed this offset. */
  committed(offset: number): void {
    this.#committed = Math.max(this.#committed, offset);
  }

  #advance(): void {
    for (;;) {
      const first = this.#offsets[this.#head];
      if (first === undefined) {
        // Everything received is finished. Then the end of the batch counts, which may be after its last record.
        this.#committable = Math.max(this.#committable, this.#end);
        break;
      }
      if (!this.#finished.delete(first)) break;
      this.#head += 1;
      this.#committable = first + 1;
    }
    if (this.#head > 1024 && this.#head * 2 > this.#offsets.length) {
      this.#offsets = this.#offsets.slice(this.#head);
      this.#head = 0;
    }
  }
}
