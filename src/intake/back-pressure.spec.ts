import { describe, expect, it, vi } from 'vitest';
import { BackPressure } from './back-pressure.ts';

describe('BackPressure', () => {
  it('is full at the limit of deliveries, and tells when there is room', () => {
    const onRoom = vi.fn();
    const pressure = new BackPressure({ deliveries: 4, bytes: 1_000 }, onRoom);
    pressure.take(3, 1);
    expect(pressure.full).toBe(false);
    pressure.take(2, 1);
    expect(pressure.full).toBe(true);
    pressure.release(1, 0);
    expect(pressure.full).toBe(true);
    expect(onRoom).not.toHaveBeenCalled();
    pressure.release(1, 1);
    expect(pressure.full).toBe(false);
    expect(onRoom).toHaveBeenCalledOnce();
  });

  it('is full at the limit of bytes', () => {
    const pressure = new BackPressure({ deliveries: 100, bytes: 1_000 }, () => undefined);
    pressure.take(1, 600);
    expect(pressure.full).toBe(false);
    pressure.take(1, 600);
    expect(pressure.full).toBe(true);
    pressure.release(1, 600);
    expect(pressure.full).toBe(false);
  });

  it.each([
    ['deliveries', 2, 0],
    ['bytes', 1, 500],
  ])('is high from half of its %s on, before anything has to wait', (_what, deliveries, bytes) => {
    const pressure = new BackPressure({ deliveries: 4, bytes: 1_000 }, () => undefined);
    pressure.take(1, 499);
    expect(pressure.high).toBe(false);
    pressure.release(1, 499);
    pressure.take(deliveries, bytes);
    expect([pressure.high, pressure.full]).toEqual([true, false]);
  });
});
