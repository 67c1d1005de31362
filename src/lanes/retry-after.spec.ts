/** An endpoint that asks to be left alone for a while is left alone, and starts again gently. */
import { describe, expect, it } from 'vitest';
import { DELIVERED, FAILED, known, lanesWith, submitted, Work, works } from '../../test/support/lane-work.ts';
import type { LaneWork, Settled } from './lane-work.ts';
import type { Lanes } from './lanes.ts';

const MINUTE_MS = 60_000;

function asks(retryAfterMs: number, endpoint: Settled['endpoint'] = 'works'): Settled {
  return { then: 'divert', endpoint, retryAfterMs };
}

/** One request of the webhook `w` is answered so. */
function answered(lanes: Lanes, how: Settled, heldBy: LaneWork['heldBy'] = 'offset'): void {
  const work = new Work('w', null, [], heldBy);
  lanes.submit(work);
  work.settle?.(how);
}

describe('Retry-After', () => {
  it.each(['works', 'fails'] as const)('holds the whole lane (%s), not one delivery', (endpoint) => {
    const { lanes, clock } = lanesWith({ rules: { limit: 3 } });
    const [asking, underWay, queued, more] = works(4, (index) => new Work('w', `u${index % 3}`)) as [
      Work,
      Work,
      Work,
      Work,
    ];
    submitted(lanes, asking, underWay, queued, more);
    asking.settle?.(asks(MINUTE_MS, endpoint));
    expect([underWay.running, more.diverted]).toEqual([true, true]);
    expect(lanes.placesFor('w')).toBe(0);
    const [fresh, neighbour] = [new Work('w', 'u9'), new Work('v', 'u9')];
    submitted(lanes, fresh, neighbour);
    expect([fresh.diverted, neighbour.running]).toEqual([true, true]);
    underWay.settle?.(DELIVERED);
    clock.pass(MINUTE_MS - 1);
    expect([lanes.refuses('w'), lanes.placesFor('w')]).toEqual([true, 0]);
    clock.pass(1);
    expect([lanes.refuses('w'), lanes.placesFor('w')]).toEqual([false, 1]);
  });

  it('is followed by one request, then two, not by all that came back from the database meanwhile', () => {
    const { lanes, clock } = lanesWith();
    known(lanes, 'w');
    answered(lanes, asks(MINUTE_MS));
    const back = works(20, () => new Work('w', null, [], 'row'));
    submitted(lanes, ...back);
    const running = (): Work[] => back.filter((work) => work.running);
    expect(running()).toHaveLength(0);
    clock.pass(MINUTE_MS);
    for (const inTurn of [1, 2, 4]) {
      expect(running()).toHaveLength(inTurn);
      for (const work of running()) work.settle?.(DELIVERED);
    }
  });

  it('holds for the longest of several, and is not ended by what was under way', () => {
    const { lanes, clock } = lanesWith();
    const [first, second, third, fourth] = works(4, (index) => new Work('w', `u${index}`)) as [
      Work,
      Work,
      Work,
      Work,
    ];
    submitted(lanes, first, second, third, fourth);
    first.settle?.(asks(MINUTE_MS));
    second.settle?.(asks(MINUTE_MS / 2));
    third.settle?.(DELIVERED);
    fourth.settle?.({ ...FAILED, then: 'release' });
    clock.pass(MINUTE_MS - 1);
    expect(lanes.placesFor('w')).toBe(0);
    clock.pass(1);
    expect(lanes.placesFor('w')).toBe(1);
  });

  it('holds again when the first request after it is answered so', () => {
    const { lanes, clock } = lanesWith();
    answered(lanes, asks(MINUTE_MS));
    clock.pass(MINUTE_MS);
    answered(lanes, asks(MINUTE_MS));
    clock.pass(MINUTE_MS - 1);
    expect(lanes.placesFor('w')).toBe(0);
  });

  it('lets nothing overtake a delivery of the same user that is under way', () => {
    const { lanes } = lanesWith();
    const log: Work[] = [];
    const [underWay, behind, asking, later] = ['jdoe', 'jdoe', 'ann', 'jdoe'].map(
      (key) => new Work('w', key, log),
    ) as [Work, Work, Work, Work];
    submitted(lanes, underWay, behind, asking);
    asking.settle?.(asks(MINUTE_MS));
    lanes.submit(later);
    expect(log).toEqual([underWay, asking, underWay, behind, later]);
    expect([underWay.storedUnderWay, behind.diverted, later.diverted]).toEqual([true, true, true]);
  });

  it('is forgotten when the endpoint is another one, also what the old one says of itself later', () => {
    const { lanes } = lanesWith();
    const late = new Work('w', 'late');
    lanes.submit(late);
    answered(lanes, asks(24 * 60 * MINUTE_MS));
    lanes.forget('w');
    lanes.renew();
    expect(lanes.placesFor('w')).toBe(10);
    late.settle?.(asks(MINUTE_MS));
    expect(lanes.placesFor('w')).toBe(10);
  });

  it('does not keep a breaker that opens later from being tried in time', () => {
    const { lanes, clock } = lanesWith();
    answered(lanes, asks(24 * 60 * MINUTE_MS));
    lanes.forget('w');
    for (let fault = 0; fault < 10; fault += 1) answered(lanes, FAILED);
    const retry = new Work('w', null, [], 'row');
    lanes.submit(retry);
    expect(retry.running).toBe(false);
    clock.pass(1_000);
    expect(retry.running).toBe(true);
  });
});
