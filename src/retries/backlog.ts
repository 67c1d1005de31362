/**
 * Which webhooks may have live rows, so that only their deliveries ask the database before they are sent. Pure.
 *
 * Right by construction for the users of this process' partitions, since nobody else stores rows of theirs: what this
 * process stores is noted before it is stored, what the owner before it stored is found by a look at the table that
 * began after the assignment. Until such a look has ended every webhook may have rows.
 */
export class Backlog {
  #known = false;
  #looks = 0;
  readonly #webhooks = new Map<string, { storing: number; storedBeforeLook: number }>();

  mayHaveRows(webhookId: string): boolean {
    return !this.#known || this.#webhooks.has(webhookId);
  }

  /** Partitions were assigned: rows of their users are unknown. */
  forget(): void {
    this.#known = false;
    // A look under way began before, so it must not count.
    this.#looks += 1;
  }

  /** A delivery is about to be stored. */
  storing(webhookId: string): void {
    const entry = this.#webhooks.get(webhookId) ?? { storing: 0, storedBeforeLook: 0 };
    entry.storing += 1;
    this.#webhooks.set(webhookId, entry);
  }

  /** It is in the table. */
  stored(webhookId: string): void {
    const entry = this.#webhooks.get(webhookId);
    if (!entry) return;
    entry.storing -= 1;
    entry.storedBeforeLook = this.#looks + 1;
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
      if (!this.#webhooks.has(webhookId)) this.#webhooks.set(webhookId, { storing: 0, storedBeforeLook: 0 });
    }
    for (const [webhookId, { storing, storedBeforeLook }] of this.#webhooks) {
      if (!withRows.has(webhookId) && storing === 0 && storedBeforeLook <= look)
        this.#webhooks.delete(webhookId);
    }
  }
}
