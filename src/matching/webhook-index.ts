/**
 * The enabled webhooks at one moment, indexed for matching. Immutable: a change is a new snapshot. One that is unusable
 * is matched, so that none of its events is skipped, but not found. Pure.
 */
import { TRIGGERS, type Trigger } from '../model/trigger.ts';
import type { UnusableWebhook, Webhook } from '../model/webhook.ts';

/** What is known of a webhook before it is found. */
export type MatchedWebhook = Pick<Webhook, 'id' | 'ordering'>;

const NONE: readonly MatchedWebhook[] = [];

export class WebhookSnapshot {
  readonly #byTrigger: ReadonlyMap<Trigger, readonly MatchedWebhook[]>;
  readonly #byId: ReadonlyMap<string, Webhook>;
  readonly #unusable: ReadonlySet<string>;

  constructor(webhooks: readonly Webhook[], unusable: readonly UnusableWebhook[] = []) {
    const enabled = webhooks.filter((webhook) => webhook.enabled);
    this.#byId = new Map(enabled.map((webhook) => [webhook.id, webhook]));
    this.#unusable = new Set(unusable.map(({ id }) => id));
    const matched = [...enabled, ...unusable];
    this.#byTrigger = new Map(
      TRIGGERS.map((trigger) => [trigger, matched.filter(({ triggers }) => triggers.includes(trigger))]),
    );
  }

  get size(): number {
    return this.#byId.size;
  }

  get all(): Iterable<Webhook> {
    return this.#byId.values();
  }

  match(trigger: Trigger): readonly MatchedWebhook[] {
    return this.#byTrigger.get(trigger) ?? NONE;
  }

  /** The webhook to send to; null when it is not enabled, or unusable. */
  find(id: string): Webhook | null {
    return this.#byId.get(id) ?? null;
  }

  isEnabled(id: string): boolean {
    return this.#byId.has(id) || this.#unusable.has(id);
  }
}
