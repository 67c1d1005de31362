/**
 * Which batches belong to transactions that were aborted, as the Java client tells: a producer is aborted from the first
 * offset that the broker names until its abort marker. The broker names them in any order.
 */
import type { BatchHead } from './record-batch.ts';

export interface AbortedTransaction {
  readonly producerId: string;
  readonly firstOffset: string;
}

export class AbortedTransactions {
  /** Those that are not begun yet, the last one first. */
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

  /** Batches are asked for in their order. */
  includes({ producerId, transactional, lastOffset }: BatchHead): boolean {
    for (let next = this.#coming.at(-1); next && next.firstOffset <= lastOffset; next = this.#coming.at(-1)) {
      this.#producers.add(next.producerId);
      this.#coming.pop();
    }
    return transactional && this.#producers.has(producerId);
  }

  /** The producer's transaction is over. */
  ended(producerId: bigint): void {
    this.#producers.delete(producerId);
  }
}
