/**
 * 32-bit MurmurHash2, the hash with which the Java client and kafkajs choose the partition of a key.
 *
 * kafkajs computes it with integers that grow with the key. A key of 100 KB takes half a second there, and a key of 1 MB
 * four minutes. The whole process stands still meanwhile.
 */
const SEED = 0x9747b28c;
const FACTOR = 0x5bd1e995;

/** @returns a signed number of 32 bits. */
export function murmur2(key: Buffer): number {
  const { length } = key;
  const wholeWords = length - (length % 4);
  let hash = SEED ^ length;
  for (let at = 0; at < wholeWords; at += 4) {
    const word = Math.imul(key.readInt32LE(at), FACTOR);
    hash = Math.imul(hash, FACTOR) ^ Math.imul(word ^ (word >>> 24), FACTOR);
  }
  if (wholeWords < length) {
    hash ^= key.readUIntLE(wholeWords, length - wholeWords);
    hash = Math.imul(hash, FACTOR);
  }
  hash = Math.imul(hash ^ (hash >>> 13), FACTOR);
  return hash ^ (hash >>> 15);
}
