/**
 * Lanes that could start something, the one with the fewest under way first, those with equally many in turn. Pure.
 *
 * Each step costs the same however many lanes there are: a level is a list that is linked through its members, and one
 * bit per level says whether anybody is in it. Levels are exact below 16 under way, and half a power of two wide above.
 */
const EXACT_BELOW = 16;
const LAST_LEVEL = 30;

/** Where a member stands. */
export class Turn<Member> {
  turns: Turns<Member> | null = null;
  level = 0;
  next: Turn<Member> = this;
  previous: Turn<Member> = this;

  constructor(readonly member: Member) {}

  leave(): void {
    this.turns?.remove(this);
  }
}

export class Turns<Member> {
  /** The first of each level, whose `previous` is the last. */
  readonly #heads: (Turn<Member> | undefined)[] = [];
  #filledLevels = 0;

  /** Who is next. */
  get first(): Member | null {
    if (this.#filledLevels === 0) return null;
    const lowest = 31 - Math.clz32(this.#filledLevels & -this.#filledLevels);
    return this.#heads[lowest]?.member ?? null;
  }

  /** It stands behind all others of its level; or stays where it is, if it is there already. */
  put(turn: Turn<Member>, underWay: number): void {
    const level = levelOf(underWay);
    if (turn.turns === this && turn.level === level) return;
    turn.leave();
    turn.turns = this;
    turn.level = level;
    const head = this.#heads[level];
    if (head) {
      turn.previous = head.previous;
      turn.next = head;
      head.previous.next = turn;
      head.previous = turn;
    } else {
      this.#heads[level] = turn;
      this.#filledLevels |= 1 << level;
    }
  }

  remove(turn: Turn<Member>): void {
    const { level } = turn;
    if (turn.next === turn) {
      this.#heads[level] = undefined;
      this.#filledLevels &= ~(1 << level);
    } else {
      if (this.#heads[level] === turn) this.#heads[level] = turn.next;
      turn.previous.next = turn.next;
      turn.next.previous = turn.previous;
    }
    turn.turns = null;
    turn.next = turn;
    turn.previous = turn;
  }
}

function levelOf(underWay: number): number {
  if (underWay < EXACT_BELOW) return underWay;
  const power = 31 - Math.clz32(underWay);
  return Math.min(EXACT_BELOW + (power - 4) * 2 + ((underWay >> (power - 1)) & 1), LAST_LEVEL);
}
