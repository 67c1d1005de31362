/**
 * Every metric of the service: its name, its labels and its meaning. `docs/operating.md` has the same as a table, and a
 * test compares the two.
 *
 * Names follow OpenTelemetry's semantic conventions (1.44) where they have one. All others begin with `user_webhooks_`.
 * No label has an unlimited number of values. The webhook's id is a label only if a setting asks for it.
 */
import { collectDefaultMetrics } from 'prom-client';
import { Registered } from './registered.ts';

/** Seconds, as the conventions advise for durations. */
const DURATIONS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
/** Up to two days, because a retry may be late. */
const UP_TO_DAYS = [...DURATIONS, 60, 300, 1_800, 7_200, 36_000, 172_800];

const KAFKA = ['messaging_system', 'messaging_operation_name', 'messaging_destination_name'] as const;

export class Metrics extends Registered {
  readonly info = this.gauge('user_webhooks_info', 'The version that runs; always 1', ['version']);
  readonly up = this.gauge(
    'user_webhooks_up',
    'Whether a part works (1) or not (0), as in `/health/ready`; `database`: whether it answered last',
    ['part'],
  );

  readonly consumed = this.counter(
    'messaging_client_consumed_messages_total',
    'Records that were read of the events topic',
    [...KAFKA, 'messaging_destination_partition_id'],
  );
  readonly sent = this.counter(
    'messaging_client_sent_messages_total',
    'Records that the results topic and the dead-letter topic have acknowledged',
    KAFKA,
  );
  readonly kafkaOperations = this.histogram(
    'messaging_client_operation_duration_seconds',
    "How long sends and commits took; `error_type` is Kafka's name of the error, or empty",
    [...KAFKA, 'error_type'],
    DURATIONS,
  );
  readonly events = this.counter('user_webhooks_events_total', 'Events that could be read', ['trigger']);
  readonly deliveries = this.counter(
    'user_webhooks_deliveries_total',
    'Deliveries that came of events: one for each webhook that an event matched',
    ['trigger'],
  );
  readonly deadLetters = this.counter(
    'user_webhooks_dead_letters_total',
    'Records that are not a readable event, by `dlq.reason`',
    ['reason'],
  );
  readonly attempts = this.counter(
    'user_webhooks_attempts_total',
    'Attempts, as on the results topic; `error_code` is empty where there is none',
    ['outcome', 'error_code', 'reason'],
  );
  readonly notices = this.counter(
    'user_webhooks_notices_total',
    'Notices to operators, by where `to` (`topic` or `url`) and whether they were `sent` or `dropped`',
    ['to', 'outcome'],
  );
  readonly noticesWaiting = this.gauge('user_webhooks_notices_waiting', 'Notices that are not sent yet', [
    'to',
  ]);
  readonly requestDurations = this.histogram(
    'http_client_request_duration_seconds',
    'How long attempts took; `error_type` is the `error_code`, or empty',
    ['http_request_method', 'http_response_status_code', 'error_type'],
    DURATIONS,
  );
  readonly arrivals = this.histogram(
    'user_webhooks_event_to_arrival_seconds',
    "From the event's timestamp until its receiver had answered 2xx",
    [],
    UP_TO_DAYS,
  );
  readonly stored = this.counter(
    'user_webhooks_deliveries_stored_total',
    'Deliveries that were written to PostgreSQL: to be retried, to wait behind an earlier one, or as given up',
  );

  readonly eventsInFlight = this.gauge(
    'user_webhooks_events_in_flight',
    'Events that have begun and are not finished',
  );
  readonly recordsWaiting = this.gauge(
    'user_webhooks_records_waiting',
    'Records that were read and have not begun',
  );
  readonly inWork = this.gauge(
    'user_webhooks_deliveries_in_work',
    "Deliveries in memory that their events' offsets hold; reading stops at 5,000",
  );
  readonly bytesInWork = this.gauge(
    'user_webhooks_bytes_in_work',
    'Bytes of the events of these deliveries; reading stops at 64 MiB',
  );
  readonly requestsInFlight = this.gauge(
    'http_client_active_requests',
    'Requests to receivers that are under way',
  );
  readonly requestsAtMost = this.gauge('user_webhooks_requests_limit', '`MAX_IN_FLIGHT`, as it is in force');
  readonly connections = this.gauge('http_client_open_connections', 'Connections to receivers', [
    'http_connection_state',
  ]);
  readonly connectionsUsed = this.counted(
    'user_webhooks_connections_total',
    'Requests by whether their connection was made for them or used before',
    ['reused'],
  );
  readonly laneDepth = this.gauge(
    'user_webhooks_lane_waiting',
    "Deliveries that wait in lanes, by what holds them: their event's offset or a row",
    ['held_by'],
  );
  readonly deepestLane = this.gauge(
    'user_webhooks_lane_waiting_most',
    'Deliveries that wait in the deepest lane',
  );
  readonly lanes = this.gauge(
    'user_webhooks_lanes',
    'Lanes by how quickly their endpoints answer: `unknown`, `quick` or `slow`',
    ['pace'],
  );
  readonly breakers = this.gauge('user_webhooks_breakers', 'Circuit breakers by state', ['state']);

  readonly storedDeliveries = this.gauge(
    'user_webhooks_stored_deliveries',
    "Rows of the table `retries`; exact to 10,000 of a state, PostgreSQL's estimate above",
    ['state'],
  );
  readonly oldestDue = this.gauge(
    'user_webhooks_oldest_due_seconds',
    'For how long the oldest delivery is due that could be sent; 0 where none is',
  );
  readonly leases = this.gauge('user_webhooks_leases', 'Rows that this instance has leased');
  readonly writerQueue = this.gauge(
    'user_webhooks_store_queue',
    'What waits to be written to the table `retries`',
  );
  readonly publishQueue = this.gauge(
    'user_webhooks_publish_queue',
    'Records that wait for the acknowledgement of their topic',
    ['messaging_destination_name'],
  );

  readonly partitionLag = this.gauge(
    'user_webhooks_partition_lag',
    'Records of a partition behind what was `received`, `finished` or `committed` of it',
    ['partition', 'position'],
  );
  readonly partitionOffset = this.gauge(
    'user_webhooks_partition_offset',
    'The next offset that is not `received`, `finished` or `committed`, and the `log_end`',
    ['partition', 'position'],
  );
  readonly joins = this.counter(
    'user_webhooks_group_joins_total',
    'Joins of the consumer group: one at the start, and one for each rebalance',
  );
  readonly consumersGivenUp = this.counter(
    'user_webhooks_consumers_given_up_total',
    'Consumers that ended or hung, so that another one was built',
  );
  readonly unfetched = this.counter(
    'user_webhooks_unfetched_seconds_total',
    'Time in which nothing was fetched, in pauses of more than a second: rebalances and outages',
  );
  readonly fetchAge = this.gauge('user_webhooks_fetch_age_seconds', 'Time since the last fetch');
  readonly pauses = this.counter(
    'user_webhooks_pauses_total',
    'How often reading of a partition was paused, as there was enough to do',
  );
  readonly paused = this.gauge('user_webhooks_paused_partitions', 'Partitions that are not read for now');

  readonly cursors = this.gauge(
    'user_webhooks_cursors',
    'Webhooks and replays that are worked from the log or from rows, once for each partition, by kind: `catch_up`, `paused`, `replay` or `recover`',
    ['kind'],
  );
  readonly cursorsBehind = this.gauge(
    'user_webhooks_cursor_records_behind',
    'Records that lie before the end of the cursor of this kind that is farthest from it; none is said of `recover`, which reads rows',
    ['kind'],
  );
  readonly historyLag = this.gauge(
    'user_webhooks_history_lag',
    'Results of a partition of the results topic that are not in the history yet',
    ['partition'],
  );
  readonly historyPassedOver = this.counted(
    'user_webhooks_history_passed_over_total',
    'Records of the results topic that are no results, and so are not in the history',
  );
  readonly historyDaysAhead = this.gauge(
    'user_webhooks_history_days_ahead',
    'For how many days after today (UTC) the tables of the history are made; 7 as a rule',
  );

  readonly ofWebhook = {
    attempts: this.counter(
      'user_webhooks_webhook_attempts_total',
      'Attempts of one webhook; only with `METRICS_BY_WEBHOOK=true`',
      ['webhook_id', 'outcome'],
    ),
    waiting: this.gauge(
      'user_webhooks_webhook_lane_waiting',
      'Deliveries that wait in the lane of one webhook; only with `METRICS_BY_WEBHOOK=true`',
      ['webhook_id'],
    ),
    running: this.gauge(
      'user_webhooks_webhook_active_requests',
      'Requests of one webhook that are under way; only with `METRICS_BY_WEBHOOK=true`',
      ['webhook_id'],
    ),
  };

  /** @param options.byWebhook whether there are metrics with the webhook's id as a label. */
  constructor(readonly options: { readonly byWebhook: boolean } = { byWebhook: false }) {
    super();
  }

  /** Those of the process too: CPU, memory, files, garbage collection, event loop. Their timers run from now on. */
  watchProcess(): void {
    collectDefaultMetrics({ register: this.registry, eventLoopMonitoringPrecision: 20 });
    // These list every socket at each call, and their names do not follow Prometheus' rules.
    for (const kind of ['resources', 'handles', 'requests']) {
      this.registry.removeSingleMetric(`nodejs_active_${kind}`);
      this.registry.removeSingleMetric(`nodejs_active_${kind}_total`);
    }
  }
}
