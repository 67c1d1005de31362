/**
 * Logs which records are dead-lettered. The first ones of each interval get a line each; the others are only counted. One
 * batch of a few kilobytes may have a hundred thousand of them. The owner must call `endInterval` regularly.
 */
import type { Logger } from '@nestjs/common';
import type { EventSource } from '../model/event.ts';
import type { DeadLetterReason } from './undecodable.ts';

const ONE_BY_ONE = 20;

export class DeadLetterLog {
  #said = 0;
  #others = 0;

  constructor(private readonly logger: Pick<Logger, 'warn'>) {}

  /** The fault's message is not logged: it may quote personal data of the record. It is on the dead-letter topic. */
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
