/** How the consumer of the events topic reads: what its group waits for, and how much it fetches at a time. */
export const CONSUMER_OPTIONS = {
  // How long the partitions of an instance that died stay unread.
  sessionTimeout: 10_000,
  // A member that is there notices within a heartbeat; one that is not is waited for until its session ends, no longer.
  // It is also how long a join that is not answered goes unnoticed.
  rebalanceTimeout: 10_000,
  // While members come and go, all wait for the one that notices last.
  heartbeatInterval: 500,
  metadataMaxAge: 60_000,
  // Bounds how late a resume, a new batch after silence and a shutdown are noticed.
  maxWaitTimeInMs: 250,
  // What was fetched and not handed over yet stays in memory, and what does not fit behind it is fetched again.
  maxBytes: 1_048_576,
  maxBytesPerPartition: 262_144,
  allowAutoTopicCreation: false,
  // It would go on with the connections it has, which may be what is broken: we build a new consumer instead.
  // Between two tries nothing is read from the other brokers either, so they come soon after each other; all together
  // they last longer than a cluster takes to notice that a broker has died (`broker.session.timeout.ms`, 9 s).
  retry: {
    initialRetryTime: 200,
    maxRetryTime: 1_000,
    retries: 15,
    restartOnFailure: (): Promise<boolean> => Promise.resolve(false),
  },
};
