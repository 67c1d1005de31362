/** What follows an attempt where PostgreSQL refuses to store the delivery for what it is. */
import { expect, it } from 'vitest';
import { sampleDelivery } from '../../test/support/sample-delivery.ts';
import { sampleWebhook } from '../../test/support/sample-webhook.ts';
import type { Attempt, EndedAttempt } from '../model/attempt.ts';
import type { NextStep } from '../retries/next-step.ts';
import { Backlog } from '../retries/backlog.ts';
import { DeliveryRun, type Stages } from './delivery-run.ts';

const DELIVERY = sampleDelivery();

/** Attempts fail at once, or when `answer` is called; PostgreSQL takes no delivery. */
function refusing(atOnce: boolean) {
  const seen = {
    outcomes: [] as string[],
    noted: [] as NextStep[],
    finished: 0,
    answer: (): void => undefined,
  };
  const stages: Stages = {
    attempts: {
      run: (delivery, webhook, done) => {
        const verdict = {
          delivered: false,
          statusCode: 500,
          errorCode: 'http_status',
        } as EndedAttempt['verdict'];
        seen.answer = () => {
          done({ delivery, webhook, number: 1, verdict, startedAt: 0, durationMs: 1 });
        };
        if (atOnce) seen.answer();
        return 0;
      },
      publish: (_ended, outcome, _nextInMs, recorded) => {
        seen.outcomes.push(outcome);
        recorded();
        return {} as Attempt;
      },
    },
    webhooks: { find: () => sampleWebhook({}), isEnabled: () => true },
    retries: {
      store: (_row, done) => {
        done(false);
      },
      finish: () => undefined,
      forgetGivenUp: () => undefined,
      backlog: new Backlog(),
    },
    health: { note: (_ended, step) => seen.noted.push(step) },
    scheduleMs: [1_000],
    clock: { now: () => 0, elapsed: () => 0, random: () => 0 },
  };
  const holder = { revoked: false, deliveryFinished: () => (seen.finished += 1) };
  return { seen, run: new DeliveryRun(stages, DELIVERY, 'offset', holder) };
}

it('what PostgreSQL refuses after its attempt is given up, and nobody was told of it', () => {
  const { seen, run } = refusing(true);
  run.run(() => undefined);
  expect(seen.outcomes).toEqual(['failed', 'exhausted']);
  expect(seen.noted.at(-1)).toEqual({ kind: 'exhausted', gone: false });
  expect(seen.finished).toBe(1);
});

it('what PostgreSQL refuses during its request is given up when that fails, with one record', () => {
  const { seen, run } = refusing(false);
  const settled: string[] = [];
  run.run(({ then }) => settled.push(then));
  run.storeWhileUnderWay();
  seen.answer();
  expect(seen.outcomes).toEqual(['exhausted']);
  expect(seen.noted.at(-1)).toEqual({ kind: 'exhausted', gone: false });
  expect(settled).toEqual(['release']);
  expect(seen.finished).toBe(1);
});
