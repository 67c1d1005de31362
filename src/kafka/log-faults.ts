/** Why a log could not be read: what `LogReader` throws. */

/** The log has nothing at this offset any more, or not yet: it begins later, or it ends before. */
export class OffsetGone extends Error {
  override readonly name = 'OffsetGone';

  /**
   * @param beginsAt the first offset that the log still has.
   * @param endsAt the offset that the next record gets.
   */
  constructor(
    topic: string,
    readonly partition: number,
    readonly offset: number,
    readonly beginsAt: number,
    readonly endsAt: number,
  ) {
    const range = `it has the offsets from ${beginsAt} up to ${endsAt}, without ${endsAt}`;
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

/** Kafka is away, or does not let us read, or has no such topic. */
export class LogUnavailable extends Error {
  override readonly name = 'LogUnavailable';

  /** @param why where that is known. */
  constructor(topic: string, why: string | null, cause: unknown) {
    super(`the topic ${topic} cannot be read${why === null ? '' : `: ${why}`}`, { cause });
  }
}
