/**
 * The enabled webhooks, indexed by trigger and by id. Pure.
 *
 * The cost of a change does not grow with the number of webhooks, except that the list of each trigger it touches is
 * copied. So a list that was handed out never changes. An unusable webhook is matched, so that none of its events is
 * skipped, but it is not found. The same holds for one that is paused.
 */
import { TRIGGERS, type Trigger } from '../model/trigger.ts';
import type { UnusableWebhook, Webhook } from '../model/webhook.ts';

/** What matching gives for each webhook. `find` gives the whole webhook, if it is usable. */
export type MatchedWebhook = Pick<Webhook, 'id' | 'ordering'>;

type Indexed = Webhook | UnusableWebhook;

const NONE: readonly MatchedWebhook[] = [];

export class WebhookIndex {
  readonly #byTrigger = new Map<Trigger, readonly Indexed[]>();
  readonly #usable = new Map<string, Webhook>();
  readonly #unusable = new Map<string, UnusableWebhook>();
  readonly #paused = new Set<string>();

  get size(): number {
    return this.#usable.size;
  }

  /** The order has no meaning. A webhook that changes keeps its place. */
  match(trigger: Trigger): readonly MatchedWebhook[] {
    return this.#byTrigger.get(trigger) ?? NONE;
  }

  /** The webhook to send to, the same object until it changes. Null if it was deleted, disabled or paused, or is unusable. */
  find(id: string): Webhook | null {
    const webhook = this.#usable.get(id);
    return webhook === undefined || webhook.paused ? null : webhook;
  }

  /** As `find`, but also while it is paused. */
  known(id: string): Webhook | null {
    return this.#usable.get(id) ?? null;
  }

  /** The ids of those that are paused. */
  get paused(): Iterable<string> {
    return this.#paused;
  }

  /** Whether the webhook exists and is enabled, usable or not. */
  isEnabled(id: string): boolean {
    return this.#usable.has(id) || this.#unusable.has(id);
  }

  /** @param changed the new webhook by id, or null if it is gone or disabled. */
  replace(changed: ReadonlyMap<string, Indexed | null>): void {
    const copies = new Map<Trigger, Indexed[]>();
    for (const [id, after] of changed) {
      const before = this.#usable.get(id) ?? this.#unusable.get(id) ?? null;
      for (const trigger of TRIGGERS) {
        const had = before?.triggers.includes(trigger) ? before : null;
        const has = after?.triggers.includes(trigger) ? after : null;
        if (!had && !has) continue;
        let list = copies.get(trigger);
        if (!list) copies.set(trigger, (list = [...(this.#byTrigger.get(trigger) ?? [])]));
        const place = had ? list.indexOf(had) : list.length;
        list.splice(place, had ? 1 : 0, ...(has ? [has] : []));
      }
      this.#usable.delete(id);
      this.#unusable.delete(id);
      this.#paused.delete(id);
      if (after && 'paused' in after && after.paused) this.#paused.add(id);
      if (after && 'fault' in after) this.#unusable.set(id, after);
      else if (after) this.#usable.set(id, after);
    }
    for (const [trigger, list] of copies) this.#byTrigger.set(trigger, list);
  }
}
