/** What is held of stored deliveries, waiting in lanes or under way: how many, and the bytes of their events. Pure. */
export interface Amount {
  readonly deliveries: number;
  readonly bytes: number;
}

const NONE: Amount = { deliveries: 0, bytes: 0 };

export class HeldRows {
  readonly #byWebhook = new Map<string, Amount>();
  #all = NONE;

  get all(): Amount {
    return this.#all;
  }

  of(webhookId: string): Amount {
    return this.#byWebhook.get(webhookId) ?? NONE;
  }

  /** Of all webhooks of some kind. */
  ofThose(isOne: (webhookId: string) => boolean): Amount {
    let sum = NONE;
    for (const [webhookId, amount] of this.#byWebhook) if (isOne(webhookId)) sum = plus(sum, amount);
    return sum;
  }

  take(webhookId: string, bytes: number): void {
    this.#change(webhookId, { deliveries: 1, bytes });
  }

  giveBack(webhookId: string, bytes: number): void {
    this.#change(webhookId, { deliveries: -1, bytes: -bytes });
  }

  #change(webhookId: string, by: Amount): void {
    this.#all = plus(this.#all, by);
    const now = plus(this.of(webhookId), by);
    if (now.deliveries === 0) this.#byWebhook.delete(webhookId);
    else this.#byWebhook.set(webhookId, now);
  }
}

function plus(one: Amount, other: Amount): Amount {
  return { deliveries: one.deliveries + other.deliveries, bytes: one.bytes + other.bytes };
}
