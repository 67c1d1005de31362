import { expect, it } from 'vitest';
import { firstIdAt } from './day.ts';
import { byMinute } from './minutes.ts';

it('counts an attempt in the minute in which it ended', () => {
  const at = (time: string): string => firstIdAt(Date.parse(time));
  expect(
    byMinute([
      { id: at('2026-11-27T09:30:00Z'), outcome: 'delivered' },
      { id: at('2026-11-27T09:30:59.999Z'), outcome: 'delivered' },
      { id: at('2026-11-27T09:31:00Z'), outcome: 'failed' },
      { id: at('2026-11-27T09:31:30Z'), outcome: 'exhausted' },
    ]),
  ).toEqual([
    { minute: '2026-11-27T09:30:00.000Z', delivered: 2, failed: 0, exhausted: 0 },
    { minute: '2026-11-27T09:31:00.000Z', delivered: 0, failed: 1, exhausted: 1 },
  ]);
});
