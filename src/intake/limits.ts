/** How much intake takes, and how much of it at once. */
export const LIMITS = {
  /** With so much in work no further record is begun. */
  inWork: { deliveries: 5_000, bytes: 64 * 1024 * 1024 },
  /** With so much waiting to be begun nothing is fetched. It lasts while a paused consumer notices that it is resumed. */
  fetched: { records: 2_000, bytes: 16 * 1024 * 1024 },
};
/** What is begun in one turn of the event loop; decoding a megabyte takes up to 50 ms, and so do 1,000 dead letters. */
export const BEGUN_AT_ONCE = { records: 1_000, bytes: 1024 * 1024 };
/** Behind one record that is not finished so many others may be, of its partition; they are read again after a crash. */
export const SPAN_AT_MOST = 100_000;
