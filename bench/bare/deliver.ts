/** One POST over undici's dispatch; anything but an answer ends the process. */
import type { Agent, Dispatcher } from 'undici';
import type { RequestHandler } from '../../src/delivery/connection.ts';
import type { Connections } from '../../src/delivery/connections.ts';
import type { HmacSha256 } from '../../src/delivery/signer.ts';

export interface Delivery {
  readonly key: string;
  readonly event: {
    readonly id: string;
    readonly type: string;
    readonly timestamp: string;
    readonly data: unknown;
  };
  readonly body: Buffer;
  readonly partition: number;
  readonly offset: string;
  startedAt: number;
}

type Arrived = (delivery: Delivery, statusCode: number, body: string) => void;

class Handler implements RequestHandler {
  #statusCode = 0;
  #body = '';
  readonly #delivery: Delivery;
  readonly #arrived: Arrived;

  constructor(delivery: Delivery, arrived: Arrived) {
    this.#delivery = delivery;
    this.#arrived = arrived;
  }

  onConnecting(): void {
    // Nothing to keep.
  }

  onRequestStart(): void {
    // Nothing to keep.
  }

  onResponseStart(_controller: Dispatcher.DispatchController, statusCode: number): void {
    this.#statusCode = statusCode;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#body += chunk.toString();
  }

  onResponseEnd(): void {
    this.#arrived(this.#delivery, this.#statusCode, this.#body);
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    throw error;
  }
}

export function deliver(
  agent: Agent | Connections,
  url: URL,
  delivery: Delivery,
  signer: HmacSha256 | null,
  arrived: Arrived,
): void {
  delivery.startedAt = Date.now();
  const timestamp = String(Math.floor(delivery.startedAt / 1_000));
  const headers = [
    'Content-Type',
    'application/json',
    'User-Agent',
    'user-webhooks/0.1.0',
    'X-Defguard-Event',
    delivery.event.type,
    'webhook-id',
    delivery.event.id,
    'webhook-timestamp',
    timestamp,
  ];
  if (signer) {
    const signed = signer.digest(`${delivery.event.id}.${timestamp}.`, delivery.body);
    headers.push('webhook-signature', `v1,${signed}`);
  }
  agent.dispatch(
    { origin: url.origin, path: url.pathname, method: 'POST', headers, body: delivery.body, reset: false },
    new Handler(delivery, arrived),
  );
}
