/** Fetched bytes do not follow Kafka's protocol. All readers of this folder throw only this. It becomes a dead letter. */
export class BatchFault extends Error {
  override readonly name = 'BatchFault';
}
