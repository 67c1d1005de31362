/**
 * Counts what is in work: deliveries, because one event may have a thousand, and the bytes of their events. While it is
 * full, no further event may begin. It calls back when there is room again. Pure.
 */
export interface PressureLimits {
  readonly deliveries: number;
  readonly bytes: number;
}

export class BackPressure {
  #deliveries = 0;
  #bytes = 0;

  /** @param onRoom called whenever something has ended and there is room. */
  constructor(
    private readonly limits: PressureLimits,
    private readonly onRoom: () => void,
  ) {}

  get held(): PressureLimits {
    return { deliveries: this.#deliveries, bytes: this.#bytes };
  }

  get full(): boolean {
    return this.#deliveries >= this.limits.deliveries || this.#bytes >= this.limits.bytes;
  }

  /** Half full or more: it is time to relieve the memory of what will take long. */
  get high(): boolean {
    return this.#deliveries >= this.limits.deliveries / 2 || this.#bytes >= this.limits.bytes / 2;
  }

  take(deliveries: number, bytes: number): void {
    this.#deliveries += deliveries;
    this.#bytes += bytes;
  }

  release(deliveries: number, bytes: number): void {
    this.#deliveries -= deliveries;
    this.#bytes -= bytes;
    if (!this.full) this.onRoom();
  }
}
