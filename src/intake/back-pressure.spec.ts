import { describe, expect, it } from 'vitest';
import { BackPressure } from './back-pressure.ts';

describe('BackPressure', () => {
  it('pauses at the limit of events and resumes at half of it', () => {
    const pressure = new BackPressure({ events: 4, bytes: 1_000 });
    expect([1, 1, 1, 1].map((bytes) => pressure.take(bytes))).toEqual([false, false, false, true]);
    expect(pressure.release(1)).toBe(false);
    expect(pressure.paused).toBe(true);
    expect(pressure.release(1)).toBe(true);
    expect(pressure.paused).toBe(false);
  });

  it('pauses at the limit of bytes', () => {
    const pressure = new BackPressure({ events: 100, bytes: 1_000 });
    expect(pressure.take(600)).toBe(false);
    expect(pressure.take(600)).toBe(true);
    expect(pressure.release(600)).toBe(false);
    expect(pressure.release(600)).toBe(true);
  });
});
