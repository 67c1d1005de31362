import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seeded } from '../../test/support/seeded.ts';
import { anyIpv4, anyIpv6, isSpecial } from '../../test/support/special-addresses.ts';
import { AddressRule } from './address-rule.ts';

describe('without ALLOWED_SUBNETS', () => {
  const rule = new AddressRule([]);

  it.each(['8.8.8.8', '1.1.1.1', '172.15.255.255', '172.32.0.0', '::ffff:8.8.8.8', '2606:4700::1111'])(
    '%s is public',
    (address) => {
      expect(rule.permits(address)).toBe(true);
    },
  );

  it.each([
    ['0.0.0.0', 'this network'],
    ['10.0.0.1', 'private'],
    ['100.64.0.1', 'shared, behind a carrier NAT'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.254', 'loopback'],
    ['100.100.100.200', 'cloud metadata'],
    ['168.63.129.16', 'wire server of Azure'],
    ['169.254.169.254', 'link-local, cloud metadata'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.0.0.1', 'protocol assignments'],
    ['192.0.2.1', 'documentation'],
    ['192.168.1.1', 'private'],
    ['198.18.0.1', 'benchmarking'],
    ['198.51.100.1', 'documentation'],
    ['203.0.113.1', 'documentation'],
    ['224.0.0.1', 'multicast'],
    ['240.0.0.1', 'reserved'],
    ['255.255.255.255', 'broadcast'],
    ['::', 'unspecified'],
    ['::1', 'loopback'],
    ['::7f00:1', 'IPv4-compatible'],
    ['::ffff:127.0.0.1', 'IPv4-mapped loopback'],
    ['::ffff:0a00:1', 'IPv4-mapped private'],
    ['64:ff9b::7f00:1', 'NAT64'],
    ['64:ff9b:1::1', 'NAT64 of local use'],
    ['::ffff:0:7f00:1', 'IPv4-translated'],
    ['100:0:0:1::1', 'dummy prefix'],
    ['2001::1', 'Teredo'],
    ['2001:2::1', 'benchmarking'],
    ['2001:20::1', 'ORCHID'],
    ['3fff::1', 'documentation'],
    ['5f00::1', 'segment routing'],
    ['fd00:ec2::254', 'cloud metadata'],
    ['100::1', 'discard only'],
    ['2001:db8::1', 'documentation'],
    ['2002:7f00:1::', '6to4'],
    ['fc00::1', 'unique local'],
    ['fd12:3456::1', 'unique local'],
    ['fe80::1', 'link-local'],
    ['fec0::1', 'site-local'],
    ['ff02::1', 'multicast'],
    ['fe80::1%eth0', 'link-local with a zone'],
    ['localhost', 'no address'],
    ['', 'no address'],
  ])('%s is refused: %s', (address) => {
    expect(rule.permits(address)).toBe(false);
  });
});

describe('with ALLOWED_SUBNETS', () => {
  const rule = new AddressRule(['127.0.0.0/8', '10.20.0.0/16', 'fd00::/8']);

  it.each(['127.0.0.1', '::ffff:127.0.0.1', '10.20.3.4', 'fd00::1', '8.8.8.8'])(
    '%s is permitted',
    (address) => {
      expect(rule.permits(address)).toBe(true);
    },
  );

  it.each(['10.21.0.1', '192.168.0.1', '::1', 'fc00::1'])('%s is still refused', (address) => {
    expect(rule.permits(address)).toBe(false);
  });
});

describe("beside Node's own block list", () => {
  const rule = new AddressRule([]);

  it('judges every address as the registries do', () => {
    fc.assert(
      fc.property(fc.oneof(anyIpv4(), anyIpv6()), (address) => {
        expect(rule.permits(address), address).toBe(!isSpecial(address));
      }),
      seeded(20_000),
    );
  });
});

describe('cloud metadata', () => {
  it.each([
    ['169.254.169.254', '169.254.0.0/16'],
    ['100.100.100.200', '100.64.0.0/10'],
    ['168.63.129.16', '0.0.0.0/0'],
    ['fd00:ec2::254', 'fd00::/8'],
  ])('%s is not permitted by %s, which merely contains it', (address, subnet) => {
    expect(new AddressRule([subnet]).permits(address)).toBe(false);
  });

  it('is permitted by a subnet that names it alone', () => {
    expect(new AddressRule(['169.254.169.254/32']).permits('169.254.169.254')).toBe(true);
    expect(new AddressRule(['fd00:ec2::254/128']).permits('fd00:ec2::254')).toBe(true);
  });
});
