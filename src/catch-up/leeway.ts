/**
 * How many deliveries of one webhook may be sent again at once beside what is live. Both share the event loop: the longer
 * its turns are, the longer each answer and each event waits. So the number shrinks while turns are long. It grows while
 * they are short and more could be sent. Pure: time is passed in, in milliseconds.
 */
const LOOK_MS = 100;
/** A mean from which on turns are long, and one below which they are short. */
const LONG_MS = 0.25;
const SHORT_MS = 0.125;
const CHANGE = 1.25;
/** Enough for most receivers, and too few to make turns long. */
const LEAST = 16;
const MOST = 1_024;

export class Leeway {
  #places = LEAST;
  #wanted = false;
  #turns = 0;
  #sumMs = 0;
  #lookedAt = 0;

  get places(): number {
    return this.#places;
  }

  /** One more could have been sent. */
  wanted(): void {
    this.#wanted = true;
  }

  /** A turn has ended. @param waitedMs how long something waited for its end. */
  turned(waitedMs: number, now: number): void {
    this.#turns += 1;
    this.#sumMs += waitedMs;
    if (now - this.#lookedAt < LOOK_MS) return;
    const meanMs = this.#sumMs / this.#turns;
    if (meanMs > LONG_MS) this.#places = Math.max(LEAST, Math.floor(this.#places / CHANGE));
    else if (meanMs < SHORT_MS && this.#wanted)
      this.#places = Math.min(MOST, Math.ceil(this.#places * CHANGE));
    this.#wanted = false;
    this.#turns = 0;
    this.#sumMs = 0;
    this.#lookedAt = now;
  }
}
