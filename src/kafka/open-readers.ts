/**
 * Keeps readers that are not at their end, by partition and next offset, for a caller that reads on from there. It keeps only
 * a few, and only for some seconds, because each holds the bytes of a fetch and of what it unpacks.
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
