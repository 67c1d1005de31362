/**
 * Promises 1 and 2 by model: whatever the order of answers, writes, looks, commits, rebalances, kills and failures,
 * no event is lost and no user's events arrive out of order (by first success).
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { seeded } from '../support/seeded.ts';
import { Member, WEBHOOK_IDS, World } from './world.ts';

const PARTITIONS = [0, 1];
const USERS = ['ann', 'bob', 'cid', 'dan', 'eve', 'jdoe'];

type Action =
  | { do: 'produce'; user: number; count: number }
  | { do: 'fetch' | 'claim'; count: number; member: number; partition: number }
  | { do: 'step'; pick: number; count: number }
  | { do: 'commit' | 'look' | 'relieve' | 'kill'; member: number }
  | { do: 'rebalance'; layout: number }
  | { do: 'fail' | 'recover' | 'break' | 'mend' | 'ask' | 'content' | 'slow' | 'quick' }
  | { do: 'pass'; ms: number }
  | { do: 'pause' | 'resume' }
  | { do: 'make'; share: number }
  | { do: 'replay'; partition: number; from: number; count: number; user: number | null }
  | { do: 'tick' | 'poll' | 'save'; member: number }
  /** A burst at a failing receiver, so that breakers open while requests are under way. */
  | { do: 'storm'; member: number; partition: number; picks: number[] };

const small = fc.integer({ min: 1, max: 12 });
const member = fc.integer({ min: 0, max: 1 });
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('produce'), user: fc.integer({ min: 0, max: 5 }), count: small }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constantFrom('fetch', 'claim'), count: small, member, partition: member }),
  },
  { weight: 12, arbitrary: fc.record({ do: fc.constant('step'), pick: fc.nat(), count: small }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('commit', 'look', 'relieve'), member }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('kill'), member }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('rebalance'), layout: fc.integer({ min: 0, max: 3 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('fail', 'fail', 'recover') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('break', 'mend', 'mend') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('ask', 'content', 'content', 'slow', 'quick') }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('storm'),
      member,
      partition: member,
      picks: fc.array(fc.nat(), { minLength: 30, maxLength: 60 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('pause', 'resume', 'resume') }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('make'), share: fc.double({ min: 0, max: 1, noNaN: true }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('replay'),
      partition: member,
      from: fc.nat({ max: 40 }),
      count: small,
      user: fc.option(fc.integer({ min: 0, max: 5 })),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('tick', 'poll', 'save'), member }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pass'), ms: fc.integer({ min: 1, max: 3_000 }) }) },
);

/** Who owns what: a layout names the owner of each partition. */
const LAYOUTS = [
  [[0, 1], []],
  [[], [0, 1]],
  [[0], [1]],
  [[1], [0]],
];

class Group {
  readonly world = new World();
  #names = 0;
  #layout = 2;
  readonly members: [Member, Member] = [this.#join(), this.#join()];

  constructor() {
    this.#assign();
  }

  async take(action: Action): Promise<void> {
    const { world, members } = this;
    switch (action.do) {
      case 'produce':
        // One partition per user, as a keyed producer does.
        for (let count = 0; count < action.count; count += 1)
          world.produce(USERS[action.user] ?? '', action.user % 2);
        break;
      case 'fetch':
        members[action.member]?.fetch(action.partition, action.count);
        break;
      case 'claim':
        members[action.member]?.claim(action.count);
        break;
      case 'step':
        for (let count = 0; count < action.count; count += 1) await this.#step(action.pick + count);
        break;
      case 'commit':
        await members[action.member]?.commit();
        break;
      case 'look':
      case 'relieve':
        members[action.member]?.[action.do]();
        break;
      case 'kill':
        members[action.member]?.kill();
        members[action.member] = this.#join();
        this.#assign();
        break;
      case 'rebalance':
        this.#layout = action.layout;
        this.#assign();
        break;
      case 'fail':
      case 'recover':
        world.failing = action.do === 'fail';
        break;
      case 'break':
      case 'mend':
        world.usable = action.do === 'mend';
        break;
      case 'ask':
      case 'content':
        world.asking = action.do === 'ask';
        break;
      case 'slow':
      case 'quick':
        world.answersAfterMs = action.do === 'slow' ? 1_500 : 0;
        break;
      case 'storm':
        await this.#storm(action);
        break;
      case 'pass':
        world.time += action.ms;
        break;
      case 'pause':
      case 'resume':
        world.paused = action.do === 'pause';
        this.#announce();
        break;
      case 'make':
        world.makeLate(action.share);
        this.#announce();
        break;
      case 'replay':
        world.replay(
          action.partition,
          action.from,
          action.count,
          action.user === null ? null : (USERS[action.user] ?? ''),
        );
        break;
      case 'tick':
      case 'poll':
      case 'save':
        members[action.member]?.catchUp(action.do);
        break;
    }
  }

  /** From now on the receiver works and everything happens: all that is owed is delivered. */
  async settle(): Promise<void> {
    this.world.failing = false;
    this.world.usable = true;
    this.world.asking = false;
    this.world.paused = false;
    this.world.makeLate(0.5);
    this.#announce();
    for (let round = 0; round < 2_000 && this.#owes; round += 1) {
      this.world.time += 1_000;
      for (const one of this.members) {
        one.claim(5);
        for (const partition of one.partitions) one.fetch(partition, 5);
        one.catchUp('poll');
        one.catchUp('tick');
        one.catchUp('save');
        while (this.world.steps.length > 0) await this.#step(0);
        await one.commit();
      }
    }
  }

  #announce(): void {
    for (const one of this.members) one.learn();
  }

  get #owes(): boolean {
    const { world } = this;
    const uncommitted = PARTITIONS.some(
      (partition) =>
        (world.committed.get(partition) ?? 0) <
        world.log.filter((event) => event.partition === partition).length,
    );
    return uncommitted || world.table.rows.length > 0 || world.cursors.rows.length > 0;
  }

  async #storm({ member: index, partition, picks }: Extract<Action, { do: 'storm' }>): Promise<void> {
    this.world.failing = true;
    for (const [at, pick] of picks.entries()) {
      if (at % 3 === 0) this.world.produce(USERS[(partition + 2 * pick) % USERS.length] ?? '', partition);
      if (at % 5 === 0) this.members[index]?.fetch(partition, 4);
      await this.#step(pick);
    }
  }

  async #step(pick: number): Promise<void> {
    const { steps } = this.world;
    if (steps.length > 0) steps.splice(pick % steps.length, 1)[0]?.();
    // What awaits it goes on.
    for (let turn = 0; turn < 4; turn += 1) await Promise.resolve();
  }

  #join(): Member {
    this.#names += 1;
    return new Member(`member-${this.#names}`, this.world);
  }

  #assign(): void {
    for (const [index, one] of this.members.entries()) one.assign(LAYOUTS[this.#layout]?.[index] ?? []);
  }
}

it(
  'loses nothing and keeps the order of a user, in whatever order things happen',
  { timeout: 300_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 20, maxLength: 400 }), async (actions) => {
        const group = new Group();
        for (const one of actions) await group.take(one);
        await group.settle();
        const { log, successes, table, intrusions, cursors, startsFrom, replays } = group.world;
        expect(table.rows.map(({ status }) => status)).toEqual([]);
        expect(cursors.rows).toEqual([]);
        expect(intrusions, 'requests while the receiver was to be left alone').toEqual([]);
        for (const webhookId of WEBHOOK_IDS) {
          const ofOne = successes.filter((one) => one.webhookId === webhookId);
          const firsts = ofOne.filter(
            ({ id }, index) => ofOne.findIndex((other) => other.id === id) === index,
          );
          for (const user of USERS) {
            const isMeant = ({ partition, offset }: (typeof log)[number]): boolean =>
              webhookId !== 'late' || offset >= (startsFrom?.get(partition) ?? Infinity);
            const sent = log.filter((event) => event.user === user && isMeant(event)).map(({ id }) => id);
            expect(
              firsts.filter((one) => one.user === user).map(({ id }) => id),
              `what ${webhookId} was sent of ${user}`,
            ).toEqual(sent);
          }
        }
        for (const { partition, from, end, user, since } of replays) {
          const again = new Set(
            successes.slice(since).flatMap((one) => (one.webhookId === 'w' ? one.id : [])),
          );
          for (const event of log.filter(
            (one) => one.partition === partition && (user ?? one.user) === one.user,
          ))
            if (event.offset >= from && event.offset < end) expect(again).toContain(event.id);
        }
      }),
      seeded(10_000),
    );
  },
);
