/**
 * Keeps what was fetched and is not read to its end for whoever reads on from there: each by its partition and the offset
 * it is at. Only a few, and only for a while, as each holds the bytes of its fetch and what is being unpacked of it.
 */
import type { PartitionReader } from './fetched/partition-reader.ts';

const AT_MOST = 8;
const FOR_MS = 10_000;

export class OpenReaders {
  readonly #readers = new Map<string, { reader: PartitionReader; timer: NodeJS.Timeout }>();
  #closed = false;

  keep(partition: number, offset: number, reader: PartitionReader): void {
    const place = `${partition}:${offset}`;
    this.#drop(place);
    const timer = setTimeout(() => {
      this.#drop(place);
    }, FOR_MS).unref();
    this.#readers.set(place, { reader, timer });
    for (const oldest of this.#readers.keys()) {
      if (this.#readers.size <= AT_MOST && !this.#closed) return;
      this.#drop(oldest);
    }
  }

  take(partition: number, offset: number): PartitionReader | null {
    const place = `${partition}:${offset}`;
    const open = this.#readers.get(place);
    if (!open) return null;
    clearTimeout(open.timer);
    this.#readers.delete(place);
    return open.reader;
  }

  close(): void {
    this.#closed = true;
    for (const place of [...this.#readers.keys()]) this.#drop(place);
  }

  #drop(place: string): void {
    const open = this.#readers.get(place);
    if (!open) return;
    clearTimeout(open.timer);
    open.reader.close();
    this.#readers.delete(place);
  }
}
