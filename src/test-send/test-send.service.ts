/**
 * A test send delivers the sample of a trigger to one webhook. It is sent at once, even if the webhook is disabled.
 *
 * The request is made by the same code as every other attempt. Its result is published on the results topic too, with the
 * reason `test`. There is one attempt and no retry.
 */
import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { AuditLog } from '../audit/audit-log.ts';
import type { Origin } from '../model/actor.ts';
import type { Attempt, EndedAttempt } from '../model/attempt.ts';
import type { Delivery } from '../model/delivery.ts';
import type { EventToDeliver } from '../model/event.ts';
import { unavailable } from '../rest/problem.ts';
import { TRIGGER_CATALOGUE, type Trigger } from '../model/trigger.ts';
import { WebhookLoader } from '../webhooks/webhook-loader.ts';
import { AttemptRunner, type Attempts } from '../pipeline/attempt-runner.ts';

const ACKNOWLEDGE_TIMEOUT_MS = 10_000;
/** While the results topic is away, results of so many test sends wait in memory. */
const UNRECORDED_AT_MOST = 100;

@Injectable()
export class TestSendService {
  #unrecorded = 0;

  constructor(
    @Inject(WebhookLoader) private readonly webhooks: Pick<WebhookLoader, 'load'>,
    @Inject(AttemptRunner) private readonly attempts: Attempts,
    @Inject(AuditLog) private readonly audit: Pick<AuditLog, 'record'>,
    @InjectDataSource() private readonly dataSource: Pick<DataSource, 'manager'>,
  ) {}

  /**
   * @throws Problem `not_found` for an unknown webhook; `service_unavailable` if the results topic does not acknowledge
   *   the result in time. The request was made then, and the result is published once the topic is back. It is also thrown,
   *   and nothing is sent, if too many results of test sends wait for the topic.
   */
  async send(origin: Origin, webhookId: string, trigger: Trigger): Promise<Attempt> {
    if (this.#unrecorded >= UNRECORDED_AT_MOST) {
      throw unavailable(
        'kafka',
        `nothing was sent: the results topic has not acknowledged ${UNRECORDED_AT_MOST} test sends yet; try again when it is back`,
      );
    }
    const webhook = await this.webhooks.load(webhookId);
    // Before the request, so that none is sent without an entry that says who wanted it.
    await this.audit.record(this.dataSource.manager, origin, {
      action: 'webhook.tested',
      webhookId,
      changes: { trigger: { before: null, after: trigger } },
    });
    const event = sampleEvent(trigger);
    const delivery: Delivery = {
      id: randomUUID(),
      webhookId,
      orderKey: null,
      attempts: 0,
      attemptsBefore: 0,
      reason: 'test',
      replayId: null,
      event,
    };
    const ended = await new Promise<EndedAttempt>((resolve) => {
      this.attempts.run(delivery, webhook, resolve);
    });
    return this.#publish(ended);
  }

  async #publish(ended: EndedAttempt): Promise<Attempt> {
    const outcome = ended.verdict.delivered ? 'delivered' : 'failed';
    this.#unrecorded += 1;
    return new Promise<Attempt>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(
          unavailable(
            'acknowledgement',
            `the request was sent (outcome ${outcome}), but the results topic has not acknowledged its result yet`,
          ),
        );
      }, ACKNOWLEDGE_TIMEOUT_MS);
      const attempt = this.attempts.publish(ended, outcome, null, () => {
        this.#unrecorded -= 1;
        clearTimeout(timer);
        resolve(attempt);
      });
    });
  }
}

function sampleEvent(trigger: Trigger): EventToDeliver {
  const id = `test_${uuidv7()}`;
  return {
    id,
    messageId: id,
    type: trigger,
    timestamp: new Date().toISOString(),
    body: Buffer.from(JSON.stringify(TRIGGER_CATALOGUE[trigger].sample)),
    username: TRIGGER_CATALOGUE[trigger].sample.username,
    trace: null,
    source: null,
  };
}
