import { Logger } from '@nestjs/common';
import { expect, it, vi } from 'vitest';
import { sampleDelivery } from '../../test/support/sample-delivery.ts';
import { sampleWebhook } from '../../test/support/sample-webhook.ts';
import type { EndedAttempt } from '../model/attempt.ts';
import { AttemptRunner } from './attempt-runner.ts';

it('shows no secret, neither in the result nor in the log: keys of the URL, and what a message or an answer says', () => {
  const lines = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
  const unused = (): never => {
    throw new Error('not used here');
  };
  const clock = { now: () => 0, elapsed: () => 0, random: () => 0 };
  const results = { publish: () => undefined };
  const runner = new AttemptRunner({ build: unused }, { send: unused }, results, clock, {
    logsDelivered: false,
    metrics: { count: () => undefined },
    shownUsername: (username) => username,
  });
  const key = 'bz9w3pkQ7Lm2Xc5Vn8Rt1Yd4';
  const ended: EndedAttempt = {
    delivery: sampleDelivery({ orderKey: null }),
    webhook: sampleWebhook({ url: `https://x.example/hooks/${key}?k=query-value`, secretToken: 'a-token' }),
    number: 1,
    verdict: {
      delivered: false,
      statusCode: 500,
      errorCode: 'http_status',
      errorMessage: 'it said a-token',
      responseBody: `/hooks/${key} a\\u002dtoken query%2dvalue`,
      bodyCut: false,
      retryAfter: undefined,
    },
    startedAt: 0,
    durationMs: 0,
  };
  const attempt = runner.publish(ended, 'exhausted', null, () => undefined);
  expect(attempt).toMatchObject({
    webhook_url: 'https://x.example/hooks/***?k=***',
    error_message: 'it said ***',
    response_body: '/hooks/*** *** ***',
  });
  expect(JSON.stringify(lines.mock.calls)).not.toMatch(new RegExp(`${key}|a-token|query-value`));
  lines.mockRestore();
});
