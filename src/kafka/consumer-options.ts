/** The options of the consumer of the events topic: the timeouts of its group, and how much it fetches at once. */
export const CONSUMER_OPTIONS = {
  // After an instance has died, its partitions are not read for this long.
  sessionTimeout: 10_000,
  // A join waits this long for known members that do not join. A living member notices a join within a heartbeat. Members
  // from before an outage of Kafka, whose consumers were given up, never join. A join without an answer is noticed after
  // this time as well.
  rebalanceTimeout: 6_000,
  // During a rebalance all members wait for the member that notices it last.
  heartbeatInterval: 500,
  // The first events of added partitions may wait this long.
  metadataMaxAge: 10_000,
  // A resume, or a shutdown, is noticed at most this late.
  maxWaitTimeInMs: 250,
  // Fetched bytes stay in memory until they are handed over. What is not taken is fetched again.
  maxBytes: 1_048_576,
  maxBytesPerPartition: 262_144,
  allowAutoTopicCreation: false,
  // A restart by kafkajs would use the old connections, which may be broken. So `ConsumerKeeper` builds a new consumer.
  // Between two tries nothing is read from other brokers either, so the tries follow quickly. All together they last longer
  // than a cluster needs to notice that a broker has died (`broker.session.timeout.ms`, 9 s).
  retry: {
    initialRetryTime: 200,
    maxRetryTime: 1_000,
    retries: 15,
    restartOnFailure: (): Promise<boolean> => Promise.resolve(false),
  },
};
