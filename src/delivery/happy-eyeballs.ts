/**
 * Connects to the address of a host that is ready first (Happy Eyeballs, RFC 8305), TLS and all. A further address is
 * tried when the one before it has failed or is not ready after a moment, and none is given up while there is no other:
 * Node's own way leaves an address after 250 ms for good, however slow the others are.
 */
import type { LookupAddress } from 'node:dns';
import type { buildConnector } from 'undici';
import type { Connecting, Dial } from './connecting.ts';
import type { SocketLimit } from './socket-limit.ts';

/** As RFC 8305 recommends (section 8). */
const ATTEMPT_DELAY_MS = 250;

/** The process or the system may open no more files: nothing that the receiver is to blame for. */
const NO_FILES = new Set(['EMFILE', 'ENFILE']);

interface Attempt {
  readonly address: LookupAddress;
  /** Whether it has a socket beside that of another attempt. */
  readonly further: boolean;
  connecting: Connecting | undefined;
}

export class HappyEyeballs implements Connecting {
  readonly #underWay = new Set<Attempt>();
  #left: LookupAddress[] = [];
  #timer: NodeJS.Timeout | undefined;
  #failure: NodeJS.ErrnoException | null = null;
  #settled = false;

  /**
   * @param target `hostname` is what is dialled: it is replaced by each address in turn.
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
    }, ATTEMPT_DELAY_MS);
  }

  #try(attempt: Attempt): void {
    this.#underWay.add(attempt);
    const target = { ...this.target, hostname: attempt.address.address };
    attempt.connecting = this.dial(target, (...[error, socket]) => {
      this.#end(attempt);
      if (error) this.#failed(attempt, error);
      else this.#settle(null, socket);
    });
  }

  #end(attempt: Attempt): void {
    if (this.#underWay.delete(attempt) && attempt.further) this.sockets.giveBack();
  }

  #failed({ address }: Attempt, error: NodeJS.ErrnoException): void {
    if (this.#settled) return;
    if (NO_FILES.has(error.code ?? '')) {
      this.sockets.makeRoom();
      this.#left.unshift(address);
      this.#tryLater();
      return;
    }
    // One that refuses says less than one that was reached.
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
    for (const attempt of this.#underWay) {
      this.#end(attempt);
      attempt.connecting?.destroy(error ?? new Error('another address was first'));
    }
    this.connected(...outcome);
  }
}

/** One of each family in turn, as a whole family may be out of reach. */
export function alternating(addresses: readonly LookupAddress[]): LookupAddress[] {
  const preferred = addresses.filter(({ family }) => family === addresses[0]?.family);
  const others = addresses.filter(({ family }) => family !== addresses[0]?.family);
  const pairs = preferred.flatMap((one, at) => [one, ...others.slice(at, at + 1)]);
  return [...pairs, ...others.slice(preferred.length)];
}
