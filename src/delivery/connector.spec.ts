import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AddressRule } from '../model/address-rule.ts';
import { guardedConnector, type Lookup } from './connector.ts';
import { TransportFailure } from './transport-failure.ts';

let server: Server;
let port: string;

beforeAll(async () => {
  server = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = String((server.address() as AddressInfo).port);
});

afterAll(() => {
  server.close();
});

/** Connects to a name that a look-up of the test's own resolves; only loopback is ever dialled. */
function connect(
  hostname: string,
  lookup: Lookup,
  allowed = ['127.0.0.1/32'],
): Promise<TransportFailure | null> {
  const connector = guardedConnector(new AddressRule(allowed), 1_000, lookup);
  return new Promise((resolve, reject) => {
    connector({ hostname, host: hostname, protocol: 'http:', port }, (...[error, socket]) => {
      socket?.destroy();
      if (error && !(error instanceof TransportFailure)) reject(error);
      else resolve(error);
    });
  });
}

const resolving =
  (...addresses: string[]): Lookup =>
  (_hostname, _options, callback) => {
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };

describe('the connector', () => {
  it('dials a name whose addresses are all permitted', async () => {
    expect(await connect('receiver.example', resolving('127.0.0.1'))).toBeNull();
  });

  it.each([
    ['a private address', ['10.0.0.1']],
    ['a public and a private one', ['127.0.0.1', '10.0.0.1']],
    ['cloud metadata', ['169.254.169.254']],
    ['an IPv4-mapped private one', ['::ffff:10.0.0.1']],
  ])('refuses a name that resolves to %s, before anything is dialled', async (_what, addresses) => {
    const failure = await connect('receiver.example', resolving(...addresses));
    expect(failure?.errorCode).toBe('blocked_address');
    expect(failure?.message).toContain('receiver.example resolves to');
  });

  it('refuses a literal address, for which no look-up is asked', async () => {
    const never: Lookup = () => {
      throw new Error('was asked');
    };
    expect((await connect('127.0.0.1', never, []))?.errorCode).toBe('blocked_address');
    expect((await connect('[::1]', never, []))?.errorCode).toBe('blocked_address');
  });

  it('dials what it has checked: a second look-up cannot slip in another address', async () => {
    const answers = [['127.0.0.1'], ['10.0.0.1']];
    let asked = 0;
    const rebinding: Lookup = (hostname, options, callback) => {
      resolving(...(answers[asked++] ?? []))(hostname, options, callback);
    };
    expect(await connect('rebinding.example', rebinding)).toBeNull();
    expect(asked).toBe(1);
    expect((await connect('rebinding.example', rebinding))?.errorCode).toBe('blocked_address');
  });

  it('says when a name cannot be resolved', async () => {
    const failing: Lookup = (_hostname, _options, callback) => {
      callback(Object.assign(new Error('not found'), { code: 'ENOTFOUND' }), undefined);
    };
    const failure = await connect('nowhere.example', failing);
    expect([failure?.errorCode, failure?.message]).toEqual([
      'dns_error',
      'nowhere.example could not be resolved (ENOTFOUND)',
    ]);
    expect((await connect('empty.example', resolving()))?.errorCode).toBe('dns_error');
  });
});
