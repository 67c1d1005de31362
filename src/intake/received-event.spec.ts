import { describe, expect, it } from 'vitest';
import type { UserEvent } from '../model/event.ts';
import { BackPressure } from './back-pressure.ts';
import { OffsetTracker } from './offset-tracker.ts';
import { ReceivedEvent } from './received-event.ts';

function received(username = 'jdoe') {
  const tracker = new OffsetTracker();
  tracker.receive([7], 7);
  tracker.begin(7);
  const pressure = new BackPressure({ deliveries: 3, bytes: 1_000 }, () => undefined);
  const event = { body: Buffer.alloc(10), timestamp: '', username } as UserEvent;
  return { event: new ReceivedEvent(event, tracker, 7, pressure), tracker, pressure };
}

describe('ReceivedEvent', () => {
  it('finishes its offset with the last of its deliveries, not before', () => {
    const { event, tracker } = received();
    event.fanOut(2);
    event.deliveryFinished();
    expect(tracker.committable).toBeNull();
    event.deliveryFinished();
    expect(tracker.committable).toBe(8);
    expect(tracker.inFlight).toBe(0);
  });

  it('is finished at once when no webhook matches, and holds nothing', () => {
    const { event, tracker, pressure } = received();
    event.fanOut(0);
    expect(tracker.committable).toBe(8);
    expect(pressure.full).toBe(false);
  });

  it('counts every delivery as held, not the event once: a thousand webhooks made the service run out of memory', () => {
    const { event, pressure } = received();
    event.fanOut(3);
    expect(pressure.full).toBe(true);
    event.deliveryFinished();
    expect(pressure.full).toBe(false);
  });

  it('counts all that is kept of the event, once: a long user name was held and not counted', () => {
    const { event, pressure } = received('x'.repeat(500));
    event.fanOut(2);
    expect(pressure.full).toBe(true);
    event.deliveryFinished();
    expect(pressure.full).toBe(true);
    event.deliveryFinished();
    expect(pressure.full).toBe(false);
  });

  it('may have been given up before, where an owner before has given up something at or behind it', () => {
    const { event, tracker } = received();
    expect(event.mayBeGivenUp).toBe(false);
    tracker.givenUpBefore = 7;
    expect(event.mayBeGivenUp).toBe(false);
    tracker.givenUpBefore = 8;
    expect(event.mayBeGivenUp).toBe(true);
  });
});
