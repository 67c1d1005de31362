/**
 * A test send: the sample of a trigger, delivered to one webhook through the very path of a delivery, at once and
 * whether the webhook is enabled or not. It is recorded on the results topic like any attempt, with reason `test`.
 */
import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { Attempt } from '../model/attempt.ts';
import type { UserEvent } from '../model/event.ts';
import { Problem } from '../model/problem.ts';
import { TRIGGER_CATALOGUE, type Trigger } from '../model/trigger.ts';
import { ResultsService } from '../results/results.service.ts';
import { WebhooksService } from '../webhooks/webhooks.service.ts';
import { AttemptRunner, type FinishedAttempt } from './attempt-runner.ts';

const ACKNOWLEDGE_TIMEOUT_MS = 10_000;

@Injectable()
export class TestSendService {
  constructor(
    private readonly webhooks: WebhooksService,
    private readonly attempts: AttemptRunner,
    private readonly results: ResultsService,
  ) {}

  /**
   * @throws Problem `not_found` for an unknown webhook; `service_unavailable` when the results topic does not take
   *   the attempt in time (it was made, and is published when the topic is back).
   */
  async send(webhookId: string, trigger: Trigger): Promise<Attempt> {
    const webhook = await this.webhooks.get(webhookId);
    const finished = await new Promise<FinishedAttempt>((resolve) => {
      this.attempts.run({ event: sampleEvent(trigger), webhook, number: 1, reason: 'test' }, resolve);
    });
    const outcome = finished.verdict.delivered ? 'delivered' : 'failed';
    const attempt = this.attempts.record(finished, outcome, null);
    await this.#publish(attempt);
    return attempt;
  }

  async #publish(attempt: Attempt): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(
          new Problem(
            'service_unavailable',
            `the request was sent (outcome ${attempt.outcome}), but the results topic has not taken the record of it yet`,
          ),
        );
      }, ACKNOWLEDGE_TIMEOUT_MS);
      this.results.publish(attempt, null, () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

function sampleEvent(trigger: Trigger): UserEvent {
  const { sample } = TRIGGER_CATALOGUE[trigger];
  const username = String(sample['username']);
  return {
    id: `test_${uuidv7()}`,
    idScope: '',
    type: trigger,
    timestamp: new Date().toISOString(),
    username,
    orderKey: username,
    body: Buffer.from(JSON.stringify(sample)),
    trace: null,
    source: null,
  };
}
