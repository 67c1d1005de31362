/**
 * How many sockets deliveries may have open at once, so that there are files left for everything else. Those that are
 * idle make room. Lanes let fewer requests begin than there are sockets, so each request has one; what is beyond, for
 * further addresses of a host, waits until there is room.
 */
export interface IdleSockets {
  /** @returns whether there was one. */
  closeOne(): boolean;
}

export class SocketLimit {
  readonly #idle = new Set<IdleSockets>();
  readonly #most: number;
  #open = 0;
  /** Requests by whether their connection was made for them, and how many connections carry none now. */
  readonly use = { opened: 0, reused: 0, idle: 0 };

  constructor(most: number) {
    this.#most = most;
  }

  get open(): number {
    return this.#open;
  }

  add(idle: IdleSockets): void {
    this.#idle.add(idle);
  }

  remove(idle: IdleSockets): void {
    this.#idle.delete(idle);
  }

  take(): void {
    if (this.#open >= this.#most) this.makeRoom();
    this.#open += 1;
  }

  tryToTake(): boolean {
    if (this.#open >= this.#most && !this.makeRoom()) return false;
    this.#open += 1;
    return true;
  }

  giveBack(count = 1): void {
    this.#open -= count;
  }

  makeRoom(): boolean {
    for (const idle of this.#idle) if (idle.closeOne()) return true;
    return false;
  }
}
