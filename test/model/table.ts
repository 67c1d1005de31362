/** The table `retries` as its statements promise it to behave, in memory: for the model test. */
import type { Delivery } from '../../src/model/delivery.ts';
import type { NewRow, RowEnd } from '../../src/retries/row.ts';

interface Row {
  delivery: Delivery;
  status: 'pending' | 'sending' | 'waiting' | 'dead';
  leasedBy: string | null;
  expired: boolean;
}

export class Table {
  /** In the order of `sequence`. */
  readonly rows: Row[] = [];

  /** @returns false for an offer that waits behind nothing. */
  store({ delivery, as }: NewRow, holder: string): boolean {
    const known = this.rows.find((row) => row.delivery.id === delivery.id);
    const blocked =
      this.#firstLive(delivery) !== undefined ||
      (as === 'offer' && known !== undefined && known.status !== 'dead');
    if (as === 'offer' && !blocked) return false;
    const status = as === 'dead' ? 'dead' : blocked ? 'waiting' : as === 'sending' ? 'sending' : 'pending';
    if (known) {
      if (known.status === 'dead')
        Object.assign(known, { delivery, status, leasedBy: status === 'sending' ? holder : null });
      return true;
    }
    this.rows.push({ delivery, status, leasedBy: status === 'sending' ? holder : null, expired: false });
    return true;
  }

  finish(end: RowEnd, holder: string): void {
    const index = this.rows.findIndex(({ delivery }) => delivery.id === end.deliveryId);
    const row = this.rows[index];
    if (row?.status !== 'sending' || row.leasedBy !== holder) return;
    row.leasedBy = null;
    switch (end.as) {
      case 'delivered':
        this.rows.splice(index, 1);
        break;
      case 'dead':
        row.status = 'dead';
        break;
      case 'pending':
        row.status = 'pending';
        row.delivery = { ...row.delivery, attempts: end.attempts };
        return;
    }
    const next = this.#firstLive(row.delivery);
    if (next?.status === 'waiting') next.status = 'pending';
  }

  claim(
    holder: string,
    count: number,
    { webhookId, leased }: { webhookId: string; leased: ReadonlySet<string> },
  ): Delivery[] {
    const due = this.rows.filter(
      ({ delivery, status, expired }) =>
        delivery.webhookId === webhookId && (status === 'pending' || (status === 'sending' && expired)),
    );
    const claimed = due.slice(0, count);
    for (const row of claimed) {
      row.status = 'sending';
      row.leasedBy = holder;
      row.expired = false;
    }
    return claimed.map(({ delivery }) => delivery).filter(({ id }) => !leased.has(id));
  }

  expireLeases(holder: string): void {
    for (const row of this.rows) if (row.leasedBy === holder) row.expired = true;
  }

  /** The ids of those that have a live row, or whose users have one at the webhook. */
  liveOf(deliveries: readonly Pick<Delivery, 'id' | 'webhookId' | 'orderKey'>[]): Set<string> {
    const isLive = (asked: Pick<Delivery, 'id' | 'webhookId' | 'orderKey'>): boolean =>
      this.#firstLive(asked) !== undefined ||
      this.rows.some(({ delivery, status }) => delivery.id === asked.id && status !== 'dead');
    return new Set(deliveries.filter(isLive).map(({ id }) => id));
  }

  liveWebhooks(): Set<string> {
    return new Set(
      this.rows.filter(({ status }) => status !== 'dead').map(({ delivery }) => delivery.webhookId),
    );
  }

  #firstLive({ webhookId, orderKey }: Pick<Delivery, 'webhookId' | 'orderKey'>): Row | undefined {
    if (orderKey === null) return undefined;
    return this.rows.find(
      ({ status, delivery }) =>
        status !== 'dead' && delivery.webhookId === webhookId && delivery.orderKey === orderKey,
    );
  }
}
