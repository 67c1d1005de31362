import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Metrics } from '../metrics/metrics.ts';
import { webhookFailing, type Notice } from './notice.ts';
import { NoticeChannel, type Way } from './notice-channel.ts';

const WEBHOOK = { id: '019ab000-0000-7000-8000-000000000001', url: 'https://a.example/', description: '' };

function noticed(at: number): Notice {
  return webhookFailing(WEBHOOK, new Date(at), at);
}

/** A way that answers as `works` says, with what it took. */
function channel(values: Partial<Way> = {}) {
  const taken: string[] = [];
  const tried: string[] = [];
  const state = { works: true };
  const metrics = new Metrics();
  const opened = new NoticeChannel(
    {
      to: 'url',
      place: 'https://operators.example/',
      tries: 3,
      delaysMs: [1, 1],
      send: ({ id }) => {
        tried.push(id);
        if (!state.works) return Promise.reject(new Error('away'));
        taken.push(id);
        return Promise.resolve();
      },
      explain: () => ({ why: 'away', hopeless: false }),
      ...values,
    },
    metrics,
  );
  const counted = (outcome: 'sent' | 'dropped'): number => metrics.notices.of('url', outcome).value;
  const waiting = (): Promise<string> =>
    metrics.registry.getSingleMetricAsString('user_webhooks_notices_waiting');
  return { opened, taken, tried, state, counted, waiting };
}

const logged = {
  warn: vi.spyOn(Logger.prototype, 'warn').mockReturnValue(),
  log: vi.spyOn(Logger.prototype, 'log').mockReturnValue(),
};
afterEach(() => {
  vi.clearAllMocks();
});

describe('NoticeChannel', () => {
  it('sends what it is offered, in order', async () => {
    const { opened, taken, counted } = channel();
    const notices = [1, 2, 3].map(noticed);
    for (const notice of notices) opened.offer(notice);
    await opened.close();
    expect(taken).toEqual(notices.map(({ id }) => id));
    expect([counted('sent'), counted('dropped')]).toEqual([3, 0]);
    expect(logged.warn).not.toHaveBeenCalled();
  });

  it('says how many are not sent, with the one that is on its way', async () => {
    const { opened, state, waiting } = channel({ tries: Infinity });
    expect(await waiting()).toContain('{to="url"} 0');
    state.works = false;
    for (const notice of [1, 2, 3].map(noticed)) opened.offer(notice);
    expect(await waiting()).toContain('{to="url"} 3');
    state.works = true;
    await vi.waitFor(async () => {
      expect(await waiting()).toContain('{to="url"} 0');
    });
    await opened.close();
  });

  it('tries a notice so often and drops it; it says once that it fails, and once that it works again', async () => {
    const { opened, taken, tried, state, counted } = channel();
    state.works = false;
    for (const notice of [1, 2].map(noticed)) opened.offer(notice);
    await vi.waitFor(() => {
      expect(counted('dropped')).toBe(2);
    });
    expect(tried).toHaveLength(6);
    expect(logged.warn).toHaveBeenCalledTimes(1);
    expect(logged.warn.mock.calls[0]?.[0]).toMatchObject({ to: 'https://operators.example/', why: 'away' });
    state.works = true;
    opened.offer(noticed(3));
    await vi.waitFor(() => {
      expect(taken).toEqual([noticed(3).id]);
    });
    expect(logged.log.mock.calls).toEqual([
      [{ to: 'https://operators.example/', dropped: 2 }, 'notices are sent again'],
    ]);
  });

  it('keeps a thousand and drops the oldest, while nothing is taken', async () => {
    const { opened, counted, taken, state } = channel({ tries: Infinity, delaysMs: [60_000] });
    state.works = false;
    for (let at = 0; at < 1_501; at += 1) opened.offer(noticed(at));
    expect(counted('dropped')).toBe(500);
    // Nothing is tried again at the end.
    await opened.close();
    expect(counted('dropped')).toBe(1_501);
    expect(taken).toEqual([]);
  });

  it('drops at once what would fail for ever', async () => {
    const { opened, tried, state, counted } = channel({
      tries: Infinity,
      explain: () => ({ why: 'too large', hopeless: true }),
    });
    state.works = false;
    opened.offer(noticed(1));
    await vi.waitFor(() => {
      expect(counted('dropped')).toBe(1);
    });
    expect(tried).toHaveLength(1);
  });
});
