import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ClockWatch } from './clock-watch.ts';

describe('ClockWatch', () => {
  const setBack: number[] = [];
  let watch: ClockWatch;

  beforeEach(() => {
    vi.useFakeTimers();
    setBack.length = 0;
    watch = new ClockWatch(5_000, (byMs) => setBack.push(byMs));
  });

  afterEach(() => {
    watch.stop();
    vi.useRealTimers();
  });

  function stepBy(ms: number): void {
    vi.setSystemTime(Date.now() + ms);
    vi.advanceTimersByTime(1_000);
  }

  it('tells of a clock that was set back, once', () => {
    stepBy(-3_600_000);
    vi.advanceTimersByTime(10_000);
    expect(setBack).toEqual([3_600_000]);
  });

  it('says nothing of time that passes, of small steps and of a clock that was set forward', () => {
    vi.advanceTimersByTime(60_000);
    stepBy(-4_000);
    stepBy(3_600_000);
    expect(setBack).toEqual([]);
  });
});
