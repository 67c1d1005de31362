/** What was fetched is not what Kafka's protocol says: the one fault of this folder. It becomes a dead letter. */
export class BatchFault extends Error {
  override readonly name = 'BatchFault';
}
