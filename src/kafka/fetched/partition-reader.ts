/**
 * Reads the fetched bytes of a partition, portion by portion. It passes gaps, empty batches, markers and aborted
 * transactions. Each stretch that cannot be read becomes one `unread` record, and reading goes on behind it. Nothing is
 * unpacked before it is asked for.
 */
import type { RecordBatch } from '../log-record.ts';
import { AbortedTransactions, type AbortedTransaction } from './aborted-transactions.ts';
import { BatchFault } from './batch-fault.ts';
import { BatchReader, Portion, type EntryReader } from './batch-reader.ts';
import { entriesOf, type Entry } from './log-entries.ts';
import { MessageReader } from './message-reader.ts';
import { claimedLastOffset, maxTimestamp, readHead, type BatchHead } from './record-batch.ts';
import { isCostly, unpack } from './unpacking.ts';

export interface Fetched {
  readonly partition: number;
  /** The offset that was asked for. The broker may also send records before it. */
  readonly offset: number;
  readonly highWatermark: number;
  readonly abortedTransactions: readonly AbortedTransaction[];
  readonly bytes: Buffer;
}

interface Open {
  readonly entry: Entry;
  readonly reader: EntryReader;
  readonly lastOffset: number;
  readonly costly: boolean;
}

/** The first bytes of an entry, which include its checksum. They tell it from all others. */
const IDENTITY_BYTES = 21;
/** In the key of a marker, after the version. */
const MARKER_TYPE_AT = 2;
const ABORT = 0;

export class PartitionReader {
  readonly #fetched: Fetched;
  readonly #maxRecordBytes: number;
  readonly #entries: Iterator<Entry>;
  readonly #aborted: AbortedTransactions;
  #position: number;
  #open: Open | null = null;
  #done = false;

  constructor(fetched: Fetched, maxRecordBytes: number) {
    this.#fetched = fetched;
    this.#maxRecordBytes = maxRecordBytes;
    this.#entries = entriesOf(fetched.bytes);
    this.#aborted = new AbortedTransactions(fetched.abortedTransactions);
    this.#position = fetched.offset;
  }

  /** Whether all of the fetched bytes are read. */
  get done(): boolean {
    return this.#done;
  }

  /** Whether this reader should go on after a new fetch: it is in the middle of the same entry, which is costly to unpack. */
  continues({ offset, bytes }: Fetched): boolean {
    if (this.#open?.costly !== true || offset !== this.#position) return false;
    const { bytes: mine } = this.#open.entry;
    return mine.compare(bytes, 0, Math.min(IDENTITY_BYTES, bytes.length), 0, IDENTITY_BYTES) === 0;
  }

  /** Whether this reader should be kept until the same entry is fetched again. */
  get worthKeeping(): boolean {
    return this.#open?.costly === true;
  }

  /** The next records; null if nothing is left. A batch may have no records and still cover offsets. */
  async next(): Promise<RecordBatch | null> {
    const portion = new Portion(this.#position);
    while (!this.#done && !portion.full && !portion.late) {
      this.#open ??= await this.#openNext(portion);
      if (this.#open !== null) await this.#readOn(this.#open, portion);
    }
    if (this.#position === portion.firstOffset) return null;
    const { records, firstOffset } = portion;
    return { partition: this.#fetched.partition, records, firstOffset, lastOffset: this.#position - 1 };
  }

  /** Stops unpacking and frees the memory. */
  close(): void {
    this.#open?.reader.close();
    this.#open = null;
    this.#done = true;
  }

  async #readOn({ entry, reader, lastOffset }: Open, portion: Portion): Promise<void> {
    try {
      if (await reader.fill(portion)) {
        this.#position = reader.position;
        return;
      }
    } catch (error) {
      this.#position = reader.position;
      this.#addUnread(portion, entry, lastOffset, error);
    }
    reader.close();
    this.#open = null;
    this.#position = lastOffset + 1;
  }

  /** Null if the next entry has nothing to read, or if there is no next entry. */
  async #openNext(portion: Portion): Promise<Open | null> {
    const next = this.#entries.next();
    if (next.done === true) {
      this.#done = true;
      return null;
    }
    const entry = next.value;
    try {
      return await this.#openEntry(entry);
    } catch (error) {
      const lastOffset = this.#likelyLastOffset(entry);
      this.#addUnread(portion, entry, lastOffset, error);
      this.#position = lastOffset + 1;
      // It may have been a marker. Then the aborted transactions behind it are known only after the next fetch.
      this.#done = true;
      return null;
    }
  }

  async #openEntry(entry: Entry): Promise<Open | null> {
    const maxRecordBytes = this.#maxRecordBytes;
    const from = this.#position;
    if (entry.magic === 0 || entry.magic === 1) {
      if (entry.offset < from) return null;
      const reader = new MessageReader(entry, from, maxRecordBytes);
      return { entry, reader, lastOffset: entry.offset, costly: true };
    }
    if (entry.magic !== 2)
      throw new BatchFault(`its format, ${entry.magic ?? 'without a length'}, is not known`);
    const head = readHead(entry);
    const { lastOffset } = head;
    const aborted = this.#aborted.includes(head);
    if (head.control && (await isAbortMarker(head, maxRecordBytes))) this.#aborted.ended(head.producerId);
    if (aborted || head.control || lastOffset < from) {
      this.#position = Math.max(from, lastOffset + 1);
      return null;
    }
    const pieces = unpack(head.attributes, head.packed);
    const reader = new BatchReader(head, pieces, from, maxRecordBytes);
    return { entry, reader, lastOffset, costly: isCostly(pieces) };
  }

  #addUnread(portion: Portion, entry: Entry, lastOffset: number, error: unknown): void {
    const firstOffset = this.#position;
    if (lastOffset < firstOffset) return;
    const why = error instanceof BatchFault ? error.message : `it could not be read: ${String(error)}`;
    const message = `the batch with the offsets ${firstOffset} to ${lastOffset}: ${why}`;
    portion.addUnread({ firstOffset, reason: 'undecodable_batch', message }, lastOffset, maxTimestamp(entry));
  }

  /** Where an entry probably ends if its head is damaged: before the next entry, or where it says, or at its first offset. */
  #likelyLastOffset(entry: Entry): number {
    const { following, offset } = entry;
    const claimed = entry.magic === 2 ? claimedLastOffset(entry) : offset;
    const likely = [following === null ? null : following - 1, claimed].find(
      (last) => last !== null && last >= this.#position && last < this.#fetched.highWatermark,
    );
    return likely ?? this.#position;
  }
}

async function isAbortMarker(head: BatchHead, maxRecordBytes: number): Promise<boolean> {
  const portion = new Portion(head.baseOffset);
  await new BatchReader(head, unpack(head.attributes, head.packed), head.baseOffset, maxRecordBytes).fill(
    portion,
  );
  const key = portion.records[0]?.key;
  return key !== null && key !== undefined && key.length >= 4 && key.readInt16BE(MARKER_TYPE_AT) === ABORT;
}
