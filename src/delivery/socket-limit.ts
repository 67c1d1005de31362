/**
 * Limits the sockets of deliveries, so that the process has open files left for everything else. If all are taken, idle
 * connections are closed to make room. Lanes let fewer requests begin than there are sockets, so each request gets one.
 * Further sockets, to try more addresses of a host, wait until there is room.
 */
export interface IdleSockets {
  /** @returns whether there was an idle one to close. */
  closeOne(): boolean;
}

export class SocketLimit {
  readonly #idle = new Set<IdleSockets>();
  readonly #most: number;
  #open = 0;
  /** Counts requests that opened a connection and requests that reused one, and the connections that are idle now. */
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
