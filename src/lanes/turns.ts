/**
 * Lanes that could start something. The lane with the fewest requests under way is first. Lanes of the same level take turns.
 * Pure.
 *
 * The cost of a step does not grow with the number of lanes. Each level is a linked list of lanes, and one bit per level says
 * whether the list is empty. Below 16 requests there is a level for each number; above, two levels for each power of two.
 */
const EXACT_BELOW = 16;
const LAST_LEVEL = 30;

/** The place of a member. */
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
  /** The first member of each level. Its `previous` is the last member. */
  readonly #heads: (Turn<Member> | undefined)[] = [];
  #filledLevels = 0;

  /** The member that is next. */
  get first(): Member | null {
    if (this.#filledLevels === 0) return null;
    const lowest = 31 - Math.clz32(this.#filledLevels & -this.#filledLevels);
    return this.#heads[lowest]?.member ?? null;
  }

  /** Puts the member behind all others of its level. If it is in this level already, it keeps its place. */
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
