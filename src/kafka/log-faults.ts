/** The errors of `LogReader`. */

/** The log no longer has this offset, or does not have it yet. */
export class OffsetGone extends Error {
  override readonly name = 'OffsetGone';

  /**
   * @param beginsAt the first offset that the log still has.
   * @param endsAt the offset that the next record will have.
   */
  constructor(
    topic: string,
    readonly partition: number,
    readonly offset: number,
    readonly beginsAt: number,
    readonly endsAt: number,
  ) {
    const range = `its first offset is ${beginsAt}, and its next record will have the offset ${endsAt}`;
    super(`partition ${partition} of the topic ${topic} has no offset ${offset}: ${range}`);
  }
}

export class UnknownPartition extends Error {
  override readonly name = 'UnknownPartition';

  constructor(
    topic: string,
    readonly partition: number,
  ) {
    super(`the topic ${topic} has no partition ${partition}`);
  }
}

/** Kafka is away, denies reading, or has no such topic. */
export class LogUnavailable extends Error {
  override readonly name = 'LogUnavailable';

  /** @param why null if that is not known. */
  constructor(topic: string, why: string | null, cause: unknown) {
    super(`the topic ${topic} cannot be read${why === null ? '' : `: ${why}`}`, { cause });
  }
}
