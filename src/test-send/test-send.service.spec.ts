import type { DataSource } from 'typeorm';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { sampleWebhook } from '../../test/support/sample-webhook.ts';
import type { Origin } from '../model/actor.ts';
import type { Attempt, EndedAttempt } from '../model/attempt.ts';
import type { Attempts } from '../pipeline/attempt-runner.ts';
import { TestSendService } from './test-send.service.ts';

const ORIGIN: Origin = {
  actor: { kind: 'token', name: 'ci', role: 'admin' },
  clientAddress: null,
  requestId: null,
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('sends nothing more while the results topic is away and 100 results wait for it, and goes on when it is back', async () => {
  const unacknowledged: (() => void)[] = [];
  const attempts = {
    run: vi.fn<Attempts['run']>((_delivery, _webhook, ended) => {
      ended({ verdict: { delivered: true } } as EndedAttempt);
      return 0;
    }),
    publish: (_ended: unknown, _outcome: unknown, _next: unknown, recorded: () => void) => {
      unacknowledged.push(recorded);
      return {} as Attempt;
    },
  };
  const service = new TestSendService(
    { load: () => Promise.resolve(sampleWebhook()) },
    attempts,
    { record: () => Promise.resolve() },
    { manager: {} } as DataSource,
  );
  const send = (): Promise<unknown> => service.send(ORIGIN, 'w', 'user_created');
  const tried = Promise.allSettled(Array.from({ length: 100 }, send));
  await vi.advanceTimersByTimeAsync(10_000);
  expect((await tried).every(({ status }) => status === 'rejected')).toBe(true);
  await expect(send()).rejects.toThrow(
    'nothing was sent: the results topic has not acknowledged 100 test sends yet',
  );
  expect(attempts.run).toHaveBeenCalledTimes(100);
  unacknowledged.shift()?.();
  const again = send();
  await vi.advanceTimersByTimeAsync(0);
  unacknowledged.pop()?.();
  expect(await again).toEqual({});
});
