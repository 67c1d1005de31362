/**
 * Connects to the address of a host that is ready first, including TLS (Happy Eyeballs, RFC 8305). It tries the next address
 * if the one before has failed, or is not ready after a moment. A slow address is not given up while no other is ready.
 * Node's own implementation gives it up after 250 ms, even if all others are slower.
 */
import type { LookupAddress } from 'node:dns';
import type { buildConnector } from 'undici';
import type { PendingConnection, Dial } from './dial.ts';
import type { SocketLimit } from './socket-limit.ts';

/** The value that RFC 8305 recommends (section 8). */
const CONNECTION_ATTEMPT_DELAY_MS = 250;

/** The process or the system has no more files. That is not the receiver's failure. */
const NO_FILES = new Set(['EMFILE', 'ENFILE']);

interface AddressTry {
  readonly address: LookupAddress;
  /** Whether it needs a socket in addition to that of an earlier try. */
  readonly further: boolean;
  connecting: PendingConnection | undefined;
}

export class HappyEyeballs implements PendingConnection {
  readonly #underWay = new Set<AddressTry>();
  #left: LookupAddress[] = [];
  #timer: NodeJS.Timeout | undefined;
  #failure: NodeJS.ErrnoException | null = null;
  #settled = false;

  /**
   * @param target its `hostname` is replaced by each address that is tried.
   * @param connected called once.
   */
  constructor(
    private readonly dial: Dial,
    private readonly target: buildConnector.Options,
    private readonly sockets: SocketLimit,
    private readonly connected: buildConnector.Callback,
  ) {}

  /** @param addresses at least one, the preferred one first. */
  start(addresses: readonly LookupAddress[]): void {
    if (this.#settled) return;
    this.#left = alternating(addresses);
    this.#tryNext();
  }

  destroy(error: Error): void {
    this.#settle(error, null);
  }

  #tryNext(): void {
    clearTimeout(this.#timer);
    if (this.#left.length === 0) return;
    const further = this.#underWay.size > 0;
    const mayOpen = !further || this.sockets.tryToTake();
    const address = mayOpen ? this.#left.shift() : undefined;
    if (this.#left.length > 0) this.#tryLater();
    if (address) this.#try({ address, further, connecting: undefined });
  }

  #tryLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#tryNext();
    }, CONNECTION_ATTEMPT_DELAY_MS);
  }

  #try(attempted: AddressTry): void {
    this.#underWay.add(attempted);
    const target = { ...this.target, hostname: attempted.address.address };
    attempted.connecting = this.dial(target, (...[error, socket]) => {
      this.#end(attempted);
      if (error) this.#failed(attempted, error);
      else this.#settle(null, socket);
    });
  }

  #end(attempted: AddressTry): void {
    if (this.#underWay.delete(attempted) && attempted.further) this.sockets.giveBack();
  }

  #failed({ address }: AddressTry, error: NodeJS.ErrnoException): void {
    if (this.#settled) return;
    if (NO_FILES.has(error.code ?? '')) {
      this.sockets.makeRoom();
      this.#left.unshift(address);
      this.#tryLater();
      return;
    }
    // The failure of an address that was reached says more than a refused connection.
    if (this.#failure === null || this.#failure.syscall === 'connect') this.#failure = error;
    if (this.#left.length > 0) this.#tryNext();
    else if (this.#underWay.size === 0) this.#settle(this.#failure, null);
  }

  #settle(...outcome: Parameters<buildConnector.Callback>): void {
    const [error, socket] = outcome;
    if (this.#settled) {
      socket?.destroy();
      return;
    }
    this.#settled = true;
    clearTimeout(this.#timer);
    for (const attempted of this.#underWay) {
      this.#end(attempted);
      attempted.connecting?.destroy(error ?? new Error('another address was first'));
    }
    this.connected(...outcome);
  }
}

/** Orders the addresses so that IPv4 and IPv6 take turns: all of one family may be out of reach. */
export function alternating(addresses: readonly LookupAddress[]): LookupAddress[] {
  const preferred = addresses.filter(({ family }) => family === addresses[0]?.family);
  const others = addresses.filter(({ family }) => family !== addresses[0]?.family);
  const pairs = preferred.flatMap((one, at) => [one, ...others.slice(at, at + 1)]);
  return [...pairs, ...others.slice(preferred.length)];
}
