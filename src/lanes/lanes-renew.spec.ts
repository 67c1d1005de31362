import { expect, it } from 'vitest';
import { HeldClock } from '../../test/support/held-clock.ts';
import type { LaneWork, Settled } from './lane-work.ts';
import type { LaneRules } from './lane.ts';
import { Lanes } from './lanes.ts';

const ONE_AT_ONCE: LaneRules = { limit: 1, ratePerSecond: null };

let settle: ((how: Settled) => void)[] = [];

function work(laneId: string): LaneWork {
  return {
    laneId,
    orderKey: null,
    heldBy: 'offset',
    run: (settled) => void settle.push(settled),
    divert: () => undefined,
    storeWhileUnderWay: () => undefined,
  };
}

it('renews the lanes it is told, and looks at no others', () => {
  settle = [];
  const asked: string[] = [];
  let rules = ONE_AT_ONCE;
  const rulesOf = (laneId: string): LaneRules => {
    asked.push(laneId);
    return rules;
  };
  const lanes = new Lanes(100, rulesOf, new HeldClock());
  for (const laneId of ['a', 'a', 'b', 'b']) lanes.submit(work(laneId));
  rules = { ...rules, limit: 2 };
  asked.length = 0;
  lanes.renew(['a']);
  expect([settle.length, asked]).toEqual([3, ['a']]);
});

it('lets the lane of a webhook that is no more go once it is empty, with the next renewal of any', () => {
  settle = [];
  const asked: string[] = [];
  let rules: LaneRules | null = ONE_AT_ONCE;
  const rulesOf = (laneId: string): LaneRules | null => {
    asked.push(laneId);
    return rules;
  };
  const lanes = new Lanes(100, rulesOf, new HeldClock());
  lanes.submit(work('gone'));
  rules = null;
  lanes.renew(['gone']);
  asked.length = 0;
  lanes.renew([]);
  settle[0]?.({ then: 'release', endpoint: null, retryAfterMs: null });
  lanes.renew([]);
  // Its lane is known no more.
  lanes.renew([]);
  expect(asked).toEqual(['gone', 'gone']);
});
