/** The limits of intake: how much it holds, and how much it begins at once. */
export const LIMITS = {
  /** While this much is in work, no further record begins. */
  inWork: { deliveries: 5_000, bytes: 64 * 1024 * 1024 },
  /** While this much waits to begin, nothing is fetched. It is enough work for the time that a consumer needs to resume. */
  fetched: { records: 2_000, bytes: 16 * 1024 * 1024 },
};
/** How much begins in one turn of the event loop. To decode a megabyte takes up to 50 ms, and so do 1,000 dead letters. */
export const BEGUN_AT_ONCE = { records: 1_000, bytes: 1024 * 1024 };
/** How many records of a partition may be received from the first unfinished one on. After a crash they are read again. */
export const SPAN_AT_MOST = 100_000;
