/**
 * Word of a committed change, within this process: whoever answers a request with "done" has first let the listeners
 * (the matching room) take the change in. Other processes learn of it from Postgres. A listener that fails never
 * fails the request: the change is saved, and the listener has its own ways to catch up.
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
    const told = await Promise.allSettled(this.#listeners.map(async (listener) => listener(webhookId)));
    for (const outcome of told) {
      if (outcome.status === 'rejected') {
        this.#logger.error('A change to the webhooks was saved, but a listener failed', outcome.reason);
      }
    }
  }
}
