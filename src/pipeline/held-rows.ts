/** How many stored deliveries this process holds in its lanes, and how many bytes their events have. Pure. */
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

  /** The sum over the webhooks for which `isOne` is true. */
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
