/**
 * Finds the batches of aborted transactions, as the Java client does. A producer's batches are aborted from the first offset
 * that the broker names until the producer's abort marker. The broker names these offsets in any order.
 */
import type { BatchHead } from './record-batch.ts';

export interface AbortedTransaction {
  readonly producerId: string;
  readonly firstOffset: string;
}

export class AbortedTransactions {
  /** Transactions that begin later in the log. The last one comes first. */
  readonly #coming: { readonly producerId: bigint; readonly firstOffset: bigint }[];
  readonly #producers = new Set<bigint>();

  constructor(transactions: readonly AbortedTransaction[]) {
    this.#coming = transactions
      .map(({ producerId, firstOffset }) => ({
        producerId: BigInt(producerId),
        firstOffset: BigInt(firstOffset),
      }))
      .sort((a, b) => (a.firstOffset < b.firstOffset ? 1 : -1));
  }

  /** Call it for each batch, in the order of the log. */
  includes({ producerId, transactional, lastOffset }: BatchHead): boolean {
    for (let next = this.#coming.at(-1); next && next.firstOffset <= lastOffset; next = this.#coming.at(-1)) {
      this.#producers.add(next.producerId);
      this.#coming.pop();
    }
    return transactional && this.#producers.has(producerId);
  }

  /** The producer's abort marker was read. */
  ended(producerId: bigint): void {
    this.#producers.delete(producerId);
  }
}
