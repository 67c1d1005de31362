/**
 * Knows which webhooks may have live rows. Only deliveries of these must ask the database before they are sent. It also knows
 * which webhooks may have rows that were given up lately. Pure.
 *
 * It misses no row of the users of this process's partitions, because no other process stores rows for them. A row of this
 * process is noted here before it is written. Rows of the partition's previous owner are found by a look at the table
 * that begins after the assignment. Until such a look has ended, every webhook may have rows.
 */
interface Writing {
  /** How many rows are to be written and are not written yet. */
  open: number;
  /** The number of the first look that sees the row written last. */
  seenByLook: number;
}

/** Stands for every webhook. */
const EVERY = '';

export class Backlog {
  #known = false;
  #looks = 0;
  readonly #webhooks = new Map<string, Writing>();
  /** Webhooks whose live rows are gone, each with the number of the look that found it. */
  readonly #emptied = new Map<string, number>();

  mayHaveRows(webhookId: string): boolean {
    return !this.#known || this.#webhooks.has(webhookId);
  }

  /** Whether a row may have been given up since `forgetEmptied`: then it is live here still, or was until then. */
  mayHaveGivenUp(webhookId: string): boolean {
    return this.mayHaveRows(webhookId) || this.#emptied.has(webhookId) || this.#emptied.has(EVERY);
  }

  /** How many looks there were. */
  get looks(): number {
    return this.#looks;
  }

  /** It was looked which webhooks have dead rows. @param looks how many there were when that began. */
  forgetEmptied(looks: number): void {
    for (const [webhookId, look] of this.#emptied) if (look <= looks) this.#emptied.delete(webhookId);
  }

  /** Partitions were assigned, and which rows their users have is not known. */
  forget(): void {
    this.#known = false;
    // A look that is under way began before the assignment, so it must not count.
    this.#looks += 1;
  }

  /** A row is going to be written. */
  storing(webhookId: string): void {
    const writing = this.#webhooks.get(webhookId) ?? { open: 0, seenByLook: 0 };
    writing.open += 1;
    this.#webhooks.set(webhookId, writing);
  }

  /** The row is written, or it turned out that it need not be. */
  stored(webhookId: string): void {
    const writing = this.#webhooks.get(webhookId);
    if (!writing) return;
    writing.open -= 1;
    writing.seenByLook = this.#looks + 1;
  }

  /** Call it before the table is read. @returns the number of this look, for `looked`. */
  beginLook(): number {
    this.#looks += 1;
    return this.#looks;
  }

  /** Takes the result of a look at the table. It is ignored if a newer look or an assignment came meanwhile. */
  looked(look: number, withRows: ReadonlySet<string>): void {
    if (look !== this.#looks) return;
    if (!this.#known) this.#emptied.set(EVERY, look);
    this.#known = true;
    for (const webhookId of withRows) {
      if (!this.#webhooks.has(webhookId)) this.#webhooks.set(webhookId, { open: 0, seenByLook: 0 });
    }
    for (const [webhookId, { open, seenByLook }] of this.#webhooks) {
      if (withRows.has(webhookId) || open > 0 || seenByLook > look) continue;
      this.#webhooks.delete(webhookId);
      this.#emptied.set(webhookId, look);
    }
  }
}
