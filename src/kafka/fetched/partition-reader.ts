/**
 * Reads what was fetched of a partition, portion by portion, past everything that the broker says is there: records,
 * gaps, empty batches, markers, and transactions that were aborted. What cannot be read becomes one entry that says so,
 * and reading goes on behind it. Nothing is unpacked before it is asked for.
 */
import type { RecordBatch } from '../log-record.ts';
import { AbortedTransactions, type AbortedTransaction } from './aborted-transactions.ts';
import { BatchFault } from './batch-fault.ts';
import { BatchReading, type Reading } from './batch-reading.ts';
import { entriesOf, type Entry } from './log-entries.ts';
import { MessageReading } from './message-reading.ts';
import { Portion } from './portion.ts';
import { claimedLastOffset, maxTimestamp, readHead, type BatchHead } from './record-batch.ts';
import { isDear, unpack } from './unpacking.ts';

export interface Fetched {
  readonly partition: number;
  /** What was asked for; the broker may send what is before it, too. */
  readonly offset: number;
  readonly highWatermark: number;
  readonly abortedTransactions: readonly AbortedTransaction[];
  readonly bytes: Buffer;
}

interface Open {
  readonly entry: Entry;
  readonly reading: Reading;
  readonly lastOffset: number;
  readonly dear: boolean;
}

/** Of an entry: what tells it from others, its checksum with it. */
const IDENTITY_BYTES = 21;
/** Of a marker's key: after its version. */
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

  /** Whether nothing further can be read of what was fetched. */
  get done(): boolean {
    return this.#done;
  }

  /** Whether it can go on with what was fetched anew, and should: it is in the middle of what is dear to unpack. */
  continues({ offset, bytes }: Fetched): boolean {
    if (this.#open?.dear !== true || offset !== this.#position) return false;
    const { bytes: mine } = this.#open.entry;
    return mine.compare(bytes, 0, Math.min(IDENTITY_BYTES, bytes.length), 0, IDENTITY_BYTES) === 0;
  }

  /** Whether it is worth to be kept until the same is fetched again. */
  get worthKeeping(): boolean {
    return this.#open?.dear === true;
  }

  /** The next records; null where there is nothing. It may have none, and still end later than it begins. */
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

  /** Lets go of what is being unpacked. */
  close(): void {
    this.#open?.reading.close();
    this.#open = null;
    this.#done = true;
  }

  async #readOn({ entry, reading, lastOffset }: Open, portion: Portion): Promise<void> {
    try {
      if (await reading.fill(portion)) {
        this.#position = reading.position;
        return;
      }
    } catch (error) {
      this.#position = reading.position;
      this.#addUnread(portion, entry, lastOffset, error);
    }
    reading.close();
    this.#open = null;
    this.#position = lastOffset + 1;
  }

  /** Null where the next entry has nothing to read, or there is none. */
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
      // It may have been a marker: which transactions are aborted behind it is told with the next fetch.
      this.#done = true;
      return null;
    }
  }

  async #openEntry(entry: Entry): Promise<Open | null> {
    const maxRecordBytes = this.#maxRecordBytes;
    const from = this.#position;
    if (entry.magic === 0 || entry.magic === 1) {
      if (entry.offset < from) return null;
      const reading = new MessageReading(entry, from, maxRecordBytes);
      return { entry, reading, lastOffset: entry.offset, dear: true };
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
    const reading = new BatchReading(head, pieces, from, maxRecordBytes);
    return { entry, reading, lastOffset, dear: isDear(pieces) };
  }

  #addUnread(portion: Portion, entry: Entry, lastOffset: number, error: unknown): void {
    const firstOffset = this.#position;
    if (lastOffset < firstOffset) return;
    const why = error instanceof BatchFault ? error.message : `it could not be read: ${String(error)}`;
    const message = `the batch with the offsets ${firstOffset} to ${lastOffset}: ${why}`;
    portion.addUnread({ firstOffset, reason: 'undecodable_batch', message }, lastOffset, maxTimestamp(entry));
  }

  /** Where an entry ends whose head cannot be believed: before the next one, or where it says, or at its first offset. */
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
  await new BatchReading(head, unpack(head.attributes, head.packed), head.baseOffset, maxRecordBytes).fill(
    portion,
  );
  const key = portion.records[0]?.key;
  return key !== null && key !== undefined && key.length >= 4 && key.readInt16BE(MARKER_TYPE_AT) === ABORT;
}
