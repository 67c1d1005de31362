/**
 * How far one cursor has come in its partition. Pure.
 *
 * Everything before `next` was read. Some of its deliveries are *under way*: the pipeline has them. Some were *taken
 * back*, because their lane had no room. They are sent again when nothing is under way any more, so that none overtakes
 * another. Everything before `saved` is finished. A later owner of the partition goes on from there.
 */
export class CursorProgress {
  #next: number;
  /** Offsets whose delivery is not finished, in order, and whether it was taken back. */
  #open = new Map<number, boolean>();
  #takenBack = 0;
  /** After going back: the offsets before `#againUntil` that must be sent again. All others before it are finished. */
  #again = new Set<number>();
  #againUntil: number;
  /** Offsets of deliveries that are not covered by `saved`, in order. */
  #unsaved: number[] = [];
  #matched = 0;

  constructor(next: number) {
    this.#next = next;
    this.#againUntil = next;
  }

  get next(): number {
    return this.#next;
  }

  get saved(): number {
    for (const offset of this.#open.keys()) return offset;
    return this.#next;
  }

  get underWay(): number {
    return this.#open.size - this.#takenBack;
  }

  get anyTakenBack(): boolean {
    return this.#takenBack > 0;
  }

  /** Whether its delivery is to be made: it was not read before, or is to be sent again. */
  isOpen(offset: number): boolean {
    return offset >= this.#againUntil || this.#again.has(offset);
  }

  /** Everything before this offset was read. */
  passed(next: number): void {
    this.#next = Math.max(this.#next, next);
  }

  /** A delivery is handed to the pipeline. */
  begin(offset: number): void {
    if (!this.#again.delete(offset)) this.#unsaved.push(offset);
    this.#open.set(offset, false);
    this.passed(offset + 1);
  }

  finish(offset: number): void {
    if (this.#open.get(offset) === true) this.#takenBack -= 1;
    this.#open.delete(offset);
  }

  takeBack(offset: number): void {
    if (this.#open.get(offset) !== false) return;
    this.#open.set(offset, true);
    this.#takenBack += 1;
  }

  /** Goes back to the first delivery that was taken back; only while nothing is under way. */
  goBack(): void {
    const [first] = this.#open.keys();
    if (first === undefined) return;
    for (const offset of this.#open.keys()) this.#again.add(offset);
    this.#againUntil = Math.max(this.#againUntil, this.#next);
    this.#next = first;
    this.#open = new Map();
    this.#takenBack = 0;
  }

  /** How many deliveries are before `saved` and were not counted yet. Each counts once. */
  countMatched(): number {
    const { saved } = this;
    const end = this.#unsaved.findIndex((offset) => offset >= saved);
    const counted = end < 0 ? this.#unsaved.length : end;
    this.#unsaved = this.#unsaved.slice(counted);
    this.#matched += counted;
    return this.#matched;
  }
}
