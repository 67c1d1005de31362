import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { sampleWebhook } from '../../test/support/sample-webhook.ts';
import { HealthNotes, type NotedAttempt } from './health-notes.ts';

const SINCE = new Date('2026-11-27T06:00:00.000Z');
const WEBHOOK = sampleWebhook();
const NAMED = { id: WEBHOOK.id, url: WEBHOOK.url, description: '' };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** The table as other processes leave it, too. */
function health(on = true) {
  const told: unknown[] = [];
  const table = { failing: [] as string[], toTell: true, recovers: true, disables: true };
  const tellFailing = vi.fn(() => {
    const told = table.toTell ? [{ ...NAMED, failing_since: SINCE }] : [];
    table.toTell = false;
    return Promise.resolve(told);
  });
  const disabled = (why: string) =>
    Promise.resolve(
      table.disables
        ? [{ ...NAMED, disabled_reason: why, disabled_code: 'receiver_gone' as const, disabled_at: SINCE }]
        : [],
    );
  const tell =
    (what: string) =>
    (...of: unknown[]) =>
      void told.push([what, ...of.slice(1)]);
  const notes = new HealthNotes(
    {
      failing: () => Promise.resolve(new Set(table.failing)),
      noteFailure: () => Promise.resolve(),
      noteSuccess: () => Promise.resolve(table.recovers ? [{ ...NAMED, failing_since: SINCE }] : []),
      tellFailing,
      disable: () => disabled('gone'),
      disableIfOnlyFailing: () => disabled('only failing'),
    },
    {
      on,
      webhookFailing: tell('failing'),
      webhookRecovered: tell('recovered'),
      webhookDisabled: tell('disabled'),
      deliveryExhausted: tell('exhausted'),
    },
    1_000,
  );
  return { notes, table, told, tellFailing };
}

function attempt(delivered: boolean): NotedAttempt {
  const delivery = { id: 'd1', event: { id: 'e1', type: 'user_created' as const } };
  const verdict = {
    delivered,
    statusCode: delivered ? 200 : 503,
    errorCode: delivered ? null : ('http_status' as const),
  };
  return { webhook: WEBHOOK, number: 3, delivery, verdict };
}

it('many failures are one notice, by whoever the table gives it to', async () => {
  const { notes, table, told } = health();
  notes.start();
  table.failing = [WEBHOOK.id];
  for (let count = 0; count < 5; count += 1) {
    notes.note(attempt(false), { kind: 'retry', delayMs: 1 });
    await vi.advanceTimersByTimeAsync(2_000);
  }
  notes.stop();
  expect(told).toEqual([['failing', SINCE]]);
});

it('while nothing fails, and while nobody is to be told, the table is not asked whom to tell of', async () => {
  const quiet = health();
  quiet.notes.start();
  const off = health(false);
  off.table.failing = [WEBHOOK.id];
  off.notes.start();
  await vi.advanceTimersByTimeAsync(10_000);
  quiet.notes.stop();
  off.notes.stop();
  expect(quiet.tellFailing).not.toHaveBeenCalled();
  expect(off.tellFailing).not.toHaveBeenCalled();
});

it('a success is told only where its statement ended a time of failing that was told', async () => {
  const { notes, table, told } = health();
  for (const recovers of [true, false]) {
    table.recovers = recovers;
    notes.note(attempt(false), { kind: 'retry', delayMs: 1 });
    notes.note(attempt(true), { kind: 'delivered' });
    notes.note(attempt(true), { kind: 'delivered' });
    await vi.advanceTimersByTimeAsync(1);
  }
  expect(told).toEqual([['recovered', SINCE]]);
});

it('a delivery that is given up is told, and that the webhook is disabled by whoever disabled it', async () => {
  const { notes, table, told } = health();
  notes.note(attempt(false), { kind: 'exhausted', gone: true });
  await vi.advanceTimersByTimeAsync(1);
  table.disables = false;
  notes.note(attempt(false), { kind: 'exhausted', gone: false });
  await vi.advanceTimersByTimeAsync(1);
  const exhausted = [
    'exhausted',
    {
      deliveryId: 'd1',
      event: { id: 'e1', type: 'user_created' },
      attempts: 3,
      statusCode: 503,
      errorCode: 'http_status',
    },
  ];
  expect(told).toEqual([exhausted, ['disabled', 'gone', SINCE], exhausted]);
});
