import type { DataSource } from 'typeorm';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { AuditLog } from '../audit/audit-log.ts';
import type { Attempts, EndedAttempt } from '../pipeline/attempt-runner.ts';
import type { WebhookLoader } from '../webhooks/webhook-loader.ts';
import { TestSendService } from './test-send.service.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('sends nothing more while the results topic is away and 100 results wait for it, and goes on when it is back', async () => {
  const unacknowledged: (() => void)[] = [];
  const attempts = {
    run: vi.fn((_delivery, _webhook, ended: (attempt: EndedAttempt) => void) => {
      ended({ verdict: { delivered: true } } as EndedAttempt);
    }),
    publish: (_ended: unknown, _outcome: unknown, _next: unknown, recorded: () => void) => {
      unacknowledged.push(recorded);
      return {};
    },
  };
  const service = new TestSendService(
    { load: () => Promise.resolve({}) } as unknown as WebhookLoader,
    attempts as unknown as Attempts,
    { record: () => Promise.resolve() } as unknown as AuditLog,
    { manager: {} } as DataSource,
  );
  const send = (): Promise<unknown> => service.send({} as never, 'w', 'user_created');
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
