/**
 * Makes one attempt: builds the request, sends it, judges the answer, and writes it all down as the record of the
 * results topic. Fresh events, retries and test sends come through here alike. It decides nothing about what follows.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { SETTINGS } from '../config/config.module.ts';
import type { LoggingSettings } from '../logging/logging.settings.ts';
import { RequestBuilder } from '../delivery/request.ts';
import { Sender } from '../delivery/sender.ts';
import type { ExchangeResult } from '../delivery/exchange.ts';
import { TransportFailure } from '../delivery/transport-failure.ts';
import { judge, type Verdict } from '../delivery/verdict.ts';
import type { Attempt, Outcome, Reason } from '../model/attempt.ts';
import { attemptId } from './ids.ts';
import { withoutSecrets } from './mask-secrets.ts';
import type { EventToDeliver } from '../model/event.ts';
import { perMillisecond } from '../model/per-millisecond.ts';
import type { Webhook } from '../model/webhook.ts';
import { maskedUrl } from '../model/webhook-url.ts';
import { ResultsService } from '../results/results.service.ts';

/** Which attempt of which delivery. */
export interface AttemptOrder {
  readonly deliveryId: string;
  readonly event: EventToDeliver;
  readonly webhook: Webhook;
  /** From 1. */
  readonly number: number;
  readonly reason: Reason;
}

/** What was done and how it ended, before it is decided what follows. */
export interface EndedAttempt extends AttemptOrder {
  readonly verdict: Verdict;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly durationMs: number;
}

@Injectable()
export class AttemptRunner {
  readonly #logger = new Logger(AttemptRunner.name);
  /** A line per delivery is made only if it is written. */
  readonly #logsDelivered: boolean;

  constructor(
    private readonly requests: RequestBuilder,
    private readonly sender: Sender,
    private readonly results: ResultsService,
    @Inject(SETTINGS) settings: LoggingSettings,
  ) {
    this.#logsDelivered = ['debug', 'trace'].includes(settings.LOG_LEVEL);
  }

  /** @param done called once; a receiver's failure is an outcome, never an exception. */
  run(order: AttemptOrder, done: (ended: EndedAttempt) => void): void {
    const startedAt = Date.now();
    const from = performance.now();
    const ended = (result: ExchangeResult): void => {
      done({ ...order, verdict: judge(result), startedAt, durationMs: Math.round(performance.now() - from) });
    };
    const request = this.requests.build(order.webhook, order.event, startedAt);
    if (request instanceof TransportFailure) ended({ failure: request });
    else this.sender.send(request, ended);
  }

  /**
   * Puts the attempt on the results topic, and a line in the log.
   *
   * @param nextAttemptInMs null when none follows.
   * @param acknowledged called when the topic has it.
   */
  publish(
    ended: EndedAttempt,
    outcome: Outcome,
    nextAttemptInMs: number | null,
    acknowledged: () => void,
  ): Attempt {
    const nextAttemptAt = nextAttemptInMs === null ? null : Date.now() + nextAttemptInMs;
    const attempt = toAttempt(ended, outcome, nextAttemptAt);
    if (outcome !== 'delivered' || this.#logsDelivered) this.#log(attempt);
    this.results.publish(attempt, ended.event.trace, acknowledged);
    return attempt;
  }

  #log(attempt: Attempt): void {
    // The body may be anything a receiver says, also what was sent to it.
    const { response_body, ...line } = attempt;
    this.#logger[attempt.outcome === 'delivered' ? 'debug' : 'warn'](line, `attempt ${attempt.outcome}`);
  }
}

function toAttempt(ended: EndedAttempt, outcome: Outcome, nextAttemptAt: number | null): Attempt {
  const { event, webhook, verdict, startedAt } = ended;
  return {
    id: attemptId(Date.now()),
    delivery_id: ended.deliveryId,
    event_id: event.id,
    event_type: event.type,
    event_timestamp: event.timestamp,
    webhook_id: webhook.id,
    webhook_url: publicUrl(webhook),
    method: webhook.method,
    attempt: ended.number,
    reason: ended.reason,
    outcome,
    status_code: verdict.statusCode,
    error_code: verdict.errorCode,
    error_message: verdict.errorMessage,
    duration_ms: ended.durationMs,
    response_body: publicBody(ended),
    started_at: isoText(startedAt),
    next_attempt_at: nextAttemptAt === null ? null : new Date(nextAttemptAt).toISOString(),
    source_topic: event.source?.topic ?? null,
    source_partition: event.source?.partition ?? null,
    source_offset: event.source?.offset ?? null,
  };
}

const isoText = perMillisecond((now) => new Date(now).toISOString());

/** What a receiver was sent is not for those who read results. */
function publicBody({ verdict, webhook }: EndedAttempt): string | null {
  const { responseBody, bodyCut } = verdict;
  return responseBody === null ? null : withoutSecrets(responseBody, webhook, bodyCut);
}

/** Snapshots hold a new object for a webhook that changed, so an entry is never stale. */
const publicUrls = new WeakMap<Webhook, string>();

function publicUrl(webhook: Webhook): string {
  let url = publicUrls.get(webhook);
  if (url === undefined) {
    url = maskedUrl(webhook.url);
    publicUrls.set(webhook, url);
  }
  return url;
}
