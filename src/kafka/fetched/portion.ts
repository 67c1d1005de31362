/** The records that are handed over at once. It is limited in records, in bytes, and in milliseconds of reading. */
import type { LogRecord, Unread } from '../log-record.ts';
import { RecordHeaders } from '../record-headers.ts';

const AT_MOST = { records: 1_000, bytes: 1024 * 1024, readingMs: 50 };

export class Portion {
  readonly records: LogRecord[] = [];
  readonly firstOffset: number;
  #bytes = 0;
  readonly #until = performance.now() + AT_MOST.readingMs;

  constructor(firstOffset: number) {
    this.firstOffset = firstOffset;
  }

  get full(): boolean {
    return this.records.length >= AT_MOST.records || this.#bytes >= AT_MOST.bytes;
  }

  /** Whether reading has taken long enough. This costs more to ask than `full`. */
  get late(): boolean {
    return performance.now() > this.#until;
  }

  add(record: LogRecord): void {
    this.records.push(record);
    this.#bytes += record.size;
  }

  /** Adds an entry for offsets that could not be read. @param offset the last of them. */
  addUnread(unread: Unread, offset: number, timestamp: number | bigint): void {
    this.add({ offset, timestamp, key: null, value: null, headers: RecordHeaders.none, size: 0, unread });
  }
}
