/**
 * What this process knows of the webhooks in the database: the index of the enabled ones, and the stamp of every row, even
 * of disabled ones. Takes in news about some webhooks and says what changed. Pure.
 *
 * A webhook that did not change stays the same object, because other rooms use it as a key. A webhook whose secrets can no
 * longer be read stays in use as it was. If they never could be read, it is unusable.
 */
import { isDeepStrictEqual } from 'node:util';
import type { UnusableWebhook, Webhook } from '../model/webhook.ts';
import type { LoadedWebhook, WebhookNews } from '../webhooks/webhook-loader.ts';
import { WebhookIndex } from './webhook-index.ts';

/** `before` and `after` are null if the webhook did not exist, or was not enabled, not usable or paused. */
export interface WebhookChange {
  readonly id: string;
  readonly before: Webhook | null;
  readonly after: Webhook | null;
  /** Partitions on which it had not caught up when it was loaded. */
  readonly behindOn: readonly number[];
}

export class KnownWebhooks {
  readonly index = new WebhookIndex();
  readonly #stamps = new Map<string, string>();
  #stampsSum = 0n;
  /** All webhooks whose stored secrets cannot be read, even those that stay in use as they were. */
  readonly #unusable = new Map<string, UnusableWebhook>();

  /** The stamps by id of webhook. */
  get stamps(): ReadonlyMap<string, string> {
    return this.#stamps;
  }

  get unusable(): ReadonlyMap<string, UnusableWebhook> {
    return this.#unusable;
  }

  /** In the form of `WebhookLoader.fingerprint`, for the comparison with the database. */
  get fingerprint(): string {
    return `${this.#stamps.size}:${this.#stampsSum}`;
  }

  /** @returns what changed, and which webhooks became unusable or are so for another reason than before. */
  take({ changed, gone }: WebhookNews): { changes: WebhookChange[]; broken: UnusableWebhook[] } {
    const replaced = new Map<string, Webhook | UnusableWebhook | null>();
    const broken: UnusableWebhook[] = [];
    const behindOn = new Map(changed.map((row) => [row.id, row.behindOn]));
    for (const id of gone) {
      this.#setStamp(id, null);
      this.#unusable.delete(id);
      replaced.set(id, null);
    }
    for (const row of changed) {
      const { id, stamp, loaded } = row;
      this.#setStamp(id, stamp);
      const earlier = this.#unusable.get(id);
      if (loaded && 'fault' in loaded) {
        this.#unusable.set(id, loaded);
        if (earlier?.fault.message !== loaded.fault.message) broken.push(loaded);
      } else this.#unusable.delete(id);
      if (!this.#staysAsItWas(row)) replaced.set(id, loaded);
    }
    // Nobody needs to know of a webhook that was disabled and still is.
    const ids = [...replaced.keys()].filter((id) => replaced.get(id) !== null || this.index.isEnabled(id));
    const before = ids.map((id) => this.index.find(id));
    this.index.replace(replaced);
    const changes = ids.map((id, at) => ({
      id,
      before: before[at] ?? null,
      after: this.index.find(id),
      behindOn: behindOn.get(id) ?? [],
    }));
    return { changes, broken };
  }

  #staysAsItWas({ id, loaded }: LoadedWebhook): boolean {
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
