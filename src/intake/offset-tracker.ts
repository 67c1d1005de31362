/**
 * Which offset of one partition may be committed, for one assignment of it. Pure.
 *
 * The words: an offset is *received* when its record was fetched, *in flight* from when its work was *begun* until it is
 * *finished*, and *committable* is the offset after the last one that is finished together with all before it. Offsets have gaps
 * (compaction, control records), so order is that of reception, not counting.
 *
 * It promises never to offer an offset before everything below it is finished, and never to take a record twice.
 * Offsets are numbers here: exact up to 2^53, which a partition that takes a million records a second reaches in 285 years.
 */
export class OffsetTracker {
  /** Received and not yet covered by `#committable`, in order. `#head` is where it begins; the front is dropped in lots. */
  #offsets: number[] = [];
  #head = 0;
  readonly #finished = new Set<number>();
  #inFlight = 0;
  #highest = -1;
  #end = -1;
  #committable = -1;
  /** What the broker has; before the first commit, where this assignment began to read. */
  #committed = -1;
  #revoked = false;
  /** From where a kept partition may be read again; null once something new came. */
  #rereadFrom: number | null = null;

  /** True once the partition was lost: finishing goes on, but is of no use to anyone, and no new work may start. */
  get revoked(): boolean {
    return this.#revoked;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** Records from the first unfinished one on, which are read again after a crash. */
  get span(): number {
    return this.#offsets.length - this.#head;
  }

  /** Infinity when everything received is finished. */
  get oldestUnfinished(): number {
    return this.#offsets[this.#head] ?? Infinity;
  }

  /** The next offset that is not received, finished or committed; null where that is not known yet. */
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
   * After a rejoin the partition is read again from what was committed then, in several batches; commits go on meanwhile
   * and pass the place that is being read.
   */
  rejoined(): void {
    this.#rereadFrom = this.#committed;
  }

  /**
   * Takes a batch and says which of its offsets are new. After a rejoin kafkajs reads a kept partition again from
   * the last commit; what is known is in flight or finished and must not be worked twice.
   *
   * @param offsets ascending; none where the batch has only what is no record.
   * @param lastOffset where the batch ends, at or after its last record.
   * @param firstOffset where it begins, at or before its first record.
   */
  receive(offsets: readonly number[], lastOffset: number, firstOffset = offsets[0] ?? -1): readonly number[] {
    const fresh = offsets.filter((offset) => offset > this.#highest);
    if (fresh.length > 0) this.#rereadFrom = null;
    if (this.#committed === -1) this.#committed = firstOffset;
    for (const offset of fresh) this.#offsets.push(offset);
    this.#highest = Math.max(this.#highest, fresh.at(-1) ?? -1);
    this.#end = Math.max(this.#end, lastOffset + 1);
    this.#advance();
    return fresh;
  }

  /**
   * Whether a batch begins before what was committed (at a rejoin, while it is read again) or first read here: then the log is another one than before (the topic was
   * made anew, or its offsets were reset), and this tracker's knowledge must not be used to drop records of it.
   */
  isRewoundBy(firstOffset: number): boolean {
    return firstOffset < (this.#rereadFrom ?? this.#committed);
  }

  /** The work of one received offset begins. */
  begin(): void {
    this.#inFlight += 1;
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
    return this.#committable > this.#committed ? this.#committable : null;
  }

  /** Notes that the broker has this offset. */
  committed(offset: number): void {
    this.#committed = Math.max(this.#committed, offset);
  }

  #advance(): void {
    for (;;) {
      const first = this.#offsets[this.#head];
      if (first === undefined) {
        // Everything received is finished: the batch's own end counts, beyond records that never reached us.
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
