/**
 * Tells this process about a committed change to a webhook. A request is answered only after every listener (the room
 * `matching`) has taken the change in. Other processes hear of it from PostgreSQL.
 *
 * If a listener fails, the request still succeeds: the change is saved, and the listener catches up by other means.
 */
import { Injectable, Logger } from '@nestjs/common';

@Injectable()
export class WebhookChanges {
  readonly #logger = new Logger(WebhookChanges.name);
  readonly #listeners: ((webhookId: string) => Promise<void>)[] = [];

  onChange(listener: (webhookId: string) => Promise<void>): void {
    this.#listeners.push(listener);
  }

  async announce(webhookId: string): Promise<void> {
    const outcomes = await Promise.allSettled(this.#listeners.map(async (listener) => listener(webhookId)));
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') {
        this.#logger.error('A webhook was changed, but a listener could not take it in', outcome.reason);
      }
    }
  }
}
