/**
 * What is known of the webhooks in the database, and of which moment: the index, and a stamp for each row, disabled ones
 * too. Takes news of some of them in and tells what is other now. What turns out to be the same stays the same object,
 * for those who keep things by it. Pure.
 *
 * A webhook whose secrets cannot be read goes on as it was; one that never could is unusable.
 */
import { isDeepStrictEqual } from 'node:util';
import type { UnusableWebhook, Webhook } from '../model/webhook.ts';
import type { LoadedWebhook, WebhookNews } from '../webhooks/webhook-loader.ts';
import { WebhookIndex } from './webhook-index.ts';

/** Null: it was not there, or not enabled, or not usable. */
export interface WebhookChange {
  readonly id: string;
  readonly before: Webhook | null;
  readonly after: Webhook | null;
}

export class KnownWebhooks {
  readonly index = new WebhookIndex();
  readonly #stamps = new Map<string, string>();
  #stampsSum = 0n;
  /** As stored: also those that go on as they were. */
  readonly #unusable = new Map<string, UnusableWebhook>();

  /** By id. */
  get stamps(): ReadonlyMap<string, string> {
    return this.#stamps;
  }

  get unusable(): ReadonlyMap<string, UnusableWebhook> {
    return this.#unusable;
  }

  /** As `WebhookLoader` makes it of what is stored. */
  get fingerprint(): string {
    return `${this.#stamps.size}:${this.#stampsSum}`;
  }

  take({ changed, gone }: WebhookNews): { changes: WebhookChange[]; broken: UnusableWebhook[] } {
    const replaced = new Map<string, Webhook | UnusableWebhook | null>();
    const broken: UnusableWebhook[] = [];
    for (const id of gone) {
      this.#setStamp(id, null);
      this.#unusable.delete(id);
      replaced.set(id, null);
    }
    for (const one of changed) {
      const { id, stamp, loaded } = one;
      this.#setStamp(id, stamp);
      const earlier = this.#unusable.get(id);
      if (loaded && 'fault' in loaded) {
        this.#unusable.set(id, loaded);
        if (earlier?.fault.message !== loaded.fault.message) broken.push(loaded);
      } else this.#unusable.delete(id);
      if (!this.#stays(one)) replaced.set(id, loaded);
    }
    // A disabled one that stays disabled is nobody's business.
    const ids = [...replaced.keys()].filter((id) => replaced.get(id) !== null || this.index.isEnabled(id));
    const before = ids.map((id) => this.index.find(id));
    this.index.replace(replaced);
    const changes = ids.map((id, at) => ({ id, before: before[at] ?? null, after: this.index.find(id) }));
    return { changes, broken };
  }

  #stays({ id, loaded }: LoadedWebhook): boolean {
    const before = this.index.find(id);
    if (before === null || loaded === null) return false;
    return 'fault' in loaded || isDeepStrictEqual(before, loaded);
  }

  #setStamp(id: string, stamp: string | null): void {
    this.#stampsSum -= BigInt(this.#stamps.get(id) ?? 0);
    this.#stamps.delete(id);
    if (stamp === null) return;
    this.#stampsSum += BigInt(stamp);
    this.#stamps.set(id, stamp);
  }
}
