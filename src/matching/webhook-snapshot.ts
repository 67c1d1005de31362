/** The enabled webhooks at one moment, indexed for matching. Immutable: a change is a new snapshot. Pure. */
import { TRIGGERS, type Trigger } from '../model/trigger.ts';
import type { Webhook } from '../model/webhook.ts';

const NONE: readonly Webhook[] = [];

export class WebhookSnapshot {
  readonly #byTrigger: ReadonlyMap<Trigger, readonly Webhook[]>;
  readonly #byId: ReadonlyMap<string, Webhook>;

  constructor(webhooks: readonly Webhook[]) {
    const enabled = webhooks.filter((webhook) => webhook.enabled);
    this.#byId = new Map(enabled.map((webhook) => [webhook.id, webhook]));
    this.#byTrigger = new Map(
      TRIGGERS.map((trigger) => [trigger, enabled.filter(({ triggers }) => triggers.includes(trigger))]),
    );
  }

  get size(): number {
    return this.#byId.size;
  }

  get all(): Iterable<Webhook> {
    return this.#byId.values();
  }

  match(trigger: Trigger): readonly Webhook[] {
    return this.#byTrigger.get(trigger) ?? NONE;
  }

  find(id: string): Webhook | null {
    return this.#byId.get(id) ?? null;
  }
}
