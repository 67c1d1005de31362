import { createServer, type Server } from 'node:net';
import { isIP, type AddressInfo, type LookupFunction } from 'node:net';
import type { LookupAddress } from 'node:dns';
import fc from 'fast-check';
import type { buildConnector } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seeded } from '../../test/support/seeded.ts';
import { anyHost, anyIpv4, anyIpv6, isSpecial } from '../../test/support/special-addresses.ts';
import { AddressRule } from '../model/address-rule.ts';
import { guardedConnector } from './connector.ts';
import type { Lookup } from './name-lookup.ts';
import { SocketLimit } from './socket-limit.ts';
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

interface Trial {
  readonly allowed?: readonly string[];
  readonly dialler?: typeof buildConnector;
}

/** Connects to a name that a look-up of the test's own resolves; only loopback is ever dialled. */
function connect(
  hostname: string,
  lookup: Lookup,
  { allowed = ['127.0.0.1/32'], dialler }: Trial = {},
): Promise<TransportFailure | null> {
  const connector = guardedConnector({
    rule: new AddressRule(allowed),
    timeoutMs: 1_000,
    caCertificates: null,
    tunnel: null,
    sockets: new SocketLimit(Infinity),
    lookup,
    ...(dialler && { dialler }),
  });
  return new Promise((resolve, reject) => {
    connector({ hostname, host: hostname, protocol: 'http:', port }, (...[error, socket]) => {
      socket?.destroy();
      if (error && !(error instanceof TransportFailure)) reject(error);
      else resolve(error);
    });
  });
}

/** Dials nothing: notes what would be dialled, which is the literal host, or all that the look-up gave. */
function notingDialler(dialled: string[]): typeof buildConnector {
  return ((options: { lookup: LookupFunction }) => (target, connected) => {
    const bare = target.hostname.replace(/^\[|\]$/g, '');
    if (isIP(bare) !== 0) dialled.push(bare);
    else {
      options.lookup(bare, { all: true }, (error, addresses) => {
        if (!error) dialled.push(...(addresses as LookupAddress[]).map(({ address }) => address));
        connected(error ?? new TransportFailure('connection_refused', 'dialled'), null);
      });
      return;
    }
    connected(new TransportFailure('connection_refused', 'dialled'), null);
  }) as typeof buildConnector;
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
    expect(failure?.message).toBe(
      'receiver.example resolves to a private or reserved address; ALLOWED_SUBNETS can permit it',
    );
  });

  it('refuses a literal address, for which no look-up is asked', async () => {
    const never: Lookup = () => {
      throw new Error('was asked');
    };
    expect((await connect('127.0.0.1', never, { allowed: [] }))?.errorCode).toBe('blocked_address');
    expect((await connect('[::1]', never, { allowed: [] }))?.errorCode).toBe('blocked_address');
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

  it('refuses localhost by its name, as whoever resolves it gives loopback', async () => {
    const lying = resolving('8.8.8.8');
    for (const name of ['localhost', 'LOCALHOST.', 'a.b.localhost'])
      expect((await connect(name, lying, { allowed: [] }))?.message).toContain(`${name} is a private`);
  });
});

describe('whatever the host and whatever it resolves to', () => {
  it('no special address is dialled', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyHost(),
        fc.array(fc.oneof(anyIpv4(), anyIpv6()), { maxLength: 4 }),
        async (host, addresses) => {
          const url = URL.parse(`http://${host}/`);
          fc.pre(url !== null);
          const dialled: string[] = [];
          await connect(url.hostname, resolving(...addresses), {
            allowed: [],
            dialler: notingDialler(dialled),
          });
          expect(dialled.filter(isSpecial)).toEqual([]);
        },
      ),
      seeded(3_000),
    );
  });

  it('what is public is', async () => {
    const dialled: string[] = [];
    const dialler = notingDialler(dialled);
    await connect('receiver.example', resolving('8.8.8.8', '2606:4700::1111'), { allowed: [], dialler });
    await connect('1.1.1.1', resolving(), { allowed: [], dialler });
    expect(dialled).toEqual(['8.8.8.8', '2606:4700::1111', '1.1.1.1']);
  });
});
