/**
 * A test send: the sample of a trigger, delivered to one webhook through the very path of a delivery, at once and
 * whether the webhook is enabled or not. It is recorded on the results topic like any attempt, with reason `test`.
 */
import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { AuditLog } from '../audit/audit-log.ts';
import type { Origin } from '../model/actor.ts';
import type { Attempt } from '../model/attempt.ts';
import type { Delivery } from '../model/delivery.ts';
import type { EventToDeliver } from '../model/event.ts';
import { Problem } from '../rest/problem.ts';
import { TRIGGER_CATALOGUE, type Trigger } from '../model/trigger.ts';
import { WebhookLoader } from '../webhooks/webhook-loader.ts';
import { AttemptRunner, type EndedAttempt } from '../pipeline/attempt-runner.ts';

const ACKNOWLEDGE_TIMEOUT_MS = 10_000;

@Injectable()
export class TestSendService {
  constructor(
    private readonly webhooks: WebhookLoader,
    private readonly attempts: AttemptRunner,
    private readonly audit: AuditLog,
    @InjectDataSource() private readonly dataSource: DataSource,
  ) {}

  /**
   * @throws Problem `not_found` for an unknown webhook; `service_unavailable` when the results topic does not take
   *   the attempt in time (it was made, and is published when the topic is back).
   */
  async send(by: Origin, webhookId: string, trigger: Trigger): Promise<Attempt> {
    const webhook = await this.webhooks.load(webhookId);
    // Before it is sent: no request leaves without a trace of who wanted it.
    await this.audit.record(this.dataSource.manager, by, {
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
      reason: 'test',
      event,
    };
    const ended = await new Promise<EndedAttempt>((resolve) => {
      this.attempts.run(delivery, webhook, resolve);
    });
    return this.#publish(ended);
  }

  async #publish(ended: EndedAttempt): Promise<Attempt> {
    const outcome = ended.verdict.delivered ? 'delivered' : 'failed';
    return new Promise<Attempt>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(
          new Problem(
            'service_unavailable',
            `the request was sent (outcome ${outcome}), but the results topic has not taken the record of it yet`,
          ),
        );
      }, ACKNOWLEDGE_TIMEOUT_MS);
      const attempt = this.attempts.publish(ended, outcome, null, () => {
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
    trace: null,
    source: null,
  };
}
