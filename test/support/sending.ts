/** Requests by the deliveries' own sender, and what became of them in a line. */
import { setImmediate } from 'node:timers/promises';
import { readSettings } from '../../src/settings.ts';
import type { ExchangeResult, PreparedRequest } from '../../src/delivery/exchange.ts';
import { Sender } from '../../src/delivery/sender.ts';

export function newSender(values: Record<string, string> = {}): Sender {
  return new Sender(
    readSettings({
      DATABASE_URL: 'postgres://localhost/x',
      KAFKA_BROKERS: 'localhost:9092',
      SECRETS_KEY: Buffer.alloc(32).toString('base64'),
      ADMIN_TOKEN: 'a-token-of-some-length',
      ALLOWED_SUBNETS: '127.0.0.0/8',
      ...values,
    }),
  );
}

export function requestTo(origin: string, values: Partial<PreparedRequest> = {}): PreparedRequest {
  return {
    origin,
    path: '/',
    method: 'POST',
    headers: [],
    body: Buffer.from('{}'),
    timeoutMs: 5_000,
    caCertificates: null,
    ...values,
  };
}

/** The status of the answer, or why there is none. */
export function outcomeOf(result: ExchangeResult): string {
  return 'answer' in result
    ? String(result.answer.statusCode)
    : `${result.failure.errorCode}: ${result.failure.message}`;
}

export function exchange(
  sender: Sender,
  origin: string,
  values: Partial<PreparedRequest> = {},
): Promise<ExchangeResult> {
  return new Promise<ExchangeResult>((resolve) => {
    sender.send(requestTo(origin, values), resolve);
  }).finally(connectionIsFree);
}

export async function send(
  sender: Sender,
  origin: string,
  values: Partial<PreparedRequest> = {},
): Promise<string> {
  return outcomeOf(await exchange(sender, origin, values));
}

/** undici lets an event loop cycle pass before it uses a connection again. */
async function connectionIsFree(): Promise<void> {
  for (let cycles = 0; cycles < 2; cycles += 1) await setImmediate();
}
