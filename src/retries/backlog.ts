/**
 * Which webhooks may have live rows, so that only their deliveries ask the database before they are sent. Pure.
 *
 * Right by construction for the users of this process' partitions, since nobody else stores rows of theirs: what this
 * process stores is noted before it is stored, what the owner before it stored is found by a look at the table that
 * began after the assignment. Until such a look has ended every webhook may have rows.
 */
interface Writing {
  /** Rows that are asked for and not written. */
  open: number;
  /** The look that sees what was written last. */
  seenByLook: number;
}

export class Backlog {
  #known = false;
  #looks = 0;
  readonly #webhooks = new Map<string, Writing>();

  mayHaveRows(webhookId: string): boolean {
    return !this.#known || this.#webhooks.has(webhookId);
  }

  /** Partitions were assigned: rows of their users are unknown. */
  forget(): void {
    this.#known = false;
    // A look under way began before, so it must not count.
    this.#looks += 1;
  }

  /** A row is asked for. */
  storing(webhookId: string): void {
    const writing = this.#webhooks.get(webhookId) ?? { open: 0, seenByLook: 0 };
    writing.open += 1;
    this.#webhooks.set(webhookId, writing);
  }

  /** It is written, or was not to be. */
  stored(webhookId: string): void {
    const writing = this.#webhooks.get(webhookId);
    if (!writing) return;
    writing.open -= 1;
    writing.seenByLook = this.#looks + 1;
  }

  /** @returns a token for `looked`; take it before the table is read. */
  beginLook(): number {
    this.#looks += 1;
    return this.#looks;
  }

  /** What a look at the table found. A look that something has overtaken is of no use. */
  looked(look: number, withRows: ReadonlySet<string>): void {
    if (look !== this.#looks) return;
    this.#known = true;
    for (const webhookId of withRows) {
      if (!this.#webhooks.has(webhookId)) this.#webhooks.set(webhookId, { open: 0, seenByLook: 0 });
    }
    for (const [webhookId, { open, seenByLook }] of this.#webhooks) {
      if (!withRows.has(webhookId) && open === 0 && seenByLook <= look) this.#webhooks.delete(webhookId);
    }
  }
}
