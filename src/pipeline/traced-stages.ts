/**
 * The stages while tracing is on. Each one does the same work within a span. While tracing is off, none of this is used.
 *
 *   receive (continues the trace of the record; ends when nothing is left to do for the event)
 *     ├─ deliver (until its attempt is recorded)
 *     │    ├─ POST (the webhook's method): the attempt. The request carries its context.
 *     │    └─ publish. The record carries the context of deliver.
 *     └─ store
 *
 * A stored delivery keeps the context of receive in its row, so that later attempts belong to the same trace. The deliver of
 * a test send begins a trace of its own: nothing was received.
 */
import type { EventSink, ReceivedEvent } from '../intake/received-event.ts';
import type { OpenSpan, Spans, TraceHeaders } from '../metrics/spans.ts';
import type { Delivery } from '../model/delivery.ts';
import type { RetryWriter } from '../retries/retry-writer.ts';
import type { Attempts } from './attempt-runner.ts';

export class TracedSink implements EventSink {
  constructor(
    private readonly sink: EventSink,
    private readonly spans: Spans,
  ) {}

  accept(received: ReceivedEvent): void {
    const { id, type, source, trace } = received.event;
    const span = this.spans.begin('receive', `receive ${source.topic}`, trace, {
      'messaging.system': 'kafka',
      'messaging.operation.type': 'receive',
      'messaging.destination.name': source.topic,
      'messaging.destination.partition.id': String(source.partition),
      'messaging.kafka.offset': Number(source.offset),
      'user_webhooks.event.id': id,
      'user_webhooks.trigger': type,
    });
    if (span) {
      received.traced(span.headers, () => {
        span.end();
      });
    }
    this.sink.accept(received);
  }

  assigned(): void {
    this.sink.assigned();
  }

  relieve(): void {
    this.sink.relieve();
  }

  deadLettered(...of: Parameters<EventSink['deadLettered']>): void {
    this.sink.deadLettered(...of);
  }
}

export class TracedAttempts {
  /** The open span of each delivery whose attempt has ended and is not recorded yet. */
  readonly #delivering = new WeakMap<Delivery, OpenSpan>();

  constructor(
    private readonly attempts: Attempts,
    private readonly spans: Spans,
    private readonly topic: string,
  ) {}

  run: Attempts['run'] = (delivery, webhook, done) => {
    const ids = {
      'user_webhooks.delivery.id': delivery.id,
      'user_webhooks.webhook.id': webhook.id,
      'user_webhooks.attempt': delivery.attempts + 1,
    };
    const deliver = this.spans.begin('deliver', 'deliver', delivery.event.trace, ids);
    const attempt = this.spans.begin('attempt', webhook.method, deliver?.headers ?? null, {
      ...ids,
      'http.request.method': webhook.method,
      ...serverOf(webhook.url),
    });
    const ofAttempt = attempt ? within(delivery, attempt.headers) : delivery;
    return this.attempts.run(ofAttempt, webhook, (ended) => {
      const { statusCode, errorCode } = ended.verdict;
      if (statusCode !== null) attempt?.set({ 'http.response.status_code': statusCode });
      attempt?.end(errorCode);
      const ofDeliver = deliver ? within(delivery, deliver.headers) : delivery;
      if (deliver) this.#delivering.set(ofDeliver, deliver);
      done({ ...ended, delivery: ofDeliver });
    });
  };

  publish: Attempts['publish'] = (ended, outcome, nextAttemptInMs, recorded) => {
    const { delivery, verdict } = ended;
    const deliver = this.#delivering.get(delivery);
    const publish = this.spans.begin('publish', `publish ${this.topic}`, delivery.event.trace, {
      'messaging.system': 'kafka',
      'messaging.operation.type': 'send',
      'messaging.destination.name': this.topic,
      'user_webhooks.outcome': outcome,
    });
    return this.attempts.publish(ended, outcome, nextAttemptInMs, () => {
      publish?.end();
      deliver?.set({ 'user_webhooks.outcome': outcome });
      deliver?.end(verdict.errorCode);
      recorded();
    });
  };
}

export class TracedRetries {
  constructor(
    private readonly retries: RetryWriter,
    private readonly spans: Spans,
  ) {}

  get backlog(): RetryWriter['backlog'] {
    return this.retries.backlog;
  }

  store: RetryWriter['store'] = (row, done) => {
    const span = this.spans.begin('store', 'store retries', row.delivery.event.trace, {
      'db.system.name': 'postgresql',
      'db.collection.name': 'retries',
      'user_webhooks.delivery.id': row.delivery.id,
      'user_webhooks.stored_as': row.as,
    });
    this.retries.store(row, (stored) => {
      span?.end();
      done(stored);
    });
  };

  finish: RetryWriter['finish'] = (end, done) => {
    this.retries.finish(end, done);
  };

  forgetGivenUp: RetryWriter['forgetGivenUp'] = (deliveryId, done) => {
    this.retries.forgetGivenUp(deliveryId, done);
  };
}

function within(delivery: Delivery, trace: TraceHeaders): Delivery {
  return { ...delivery, event: { ...delivery.event, trace } };
}

/** Path and query are left out: they may hold a secret of the receiver. */
function serverOf(url: string): { 'server.address': string; 'server.port': number } {
  const { hostname, port, protocol } = new URL(url);
  return { 'server.address': hostname, 'server.port': Number(port) || (protocol === 'https:' ? 443 : 80) };
}
