/**
 * Says in the log which records are dead-lettered: the first ones of each interval one by one, of the others how many
 * there were. A batch of a few kilobytes may have a hundred thousand of them. Whoever has it calls `endInterval`.
 */
import type { Logger } from '@nestjs/common';
import type { EventSource } from '../model/event.ts';
import type { DeadLetterReason } from './undecodable.ts';

const ONE_BY_ONE = 20;

export class DeadLetterLog {
  #said = 0;
  #others = 0;

  constructor(private readonly logger: Pick<Logger, 'warn'>) {}

  /** What a fault says of the record may quote it, and so people; it is on the dead-letter topic. */
  say(source: EventSource, reason: DeadLetterReason): void {
    if (this.#said >= ONE_BY_ONE) {
      this.#others += 1;
      return;
    }
    this.#said += 1;
    this.logger.warn({ ...source, reason }, 'record dead-lettered');
  }

  endInterval(): void {
    if (this.#others > 0) this.logger.warn({ records: this.#others }, 'further records dead-lettered');
    this.#said = 0;
    this.#others = 0;
  }
}
