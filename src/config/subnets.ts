/**
 * The rule for a network in CIDR form, as settings list them.
 *
 * An IPv4-mapped network is refused, because it would never match: the service compares an IPv4-mapped address as IPv4.
 */
import ipaddr from 'ipaddr.js';
import { z } from 'zod';

export const subnet = z
  .union([z.cidrv4(), z.cidrv6()], 'must be a subnet in CIDR form, such as 10.0.0.0/8 or fd00::/8')
  .refine(
    (cidr) => !isIpv4Mapped(cidr),
    'must not have an IPv4-mapped subnet: write it as IPv4, such as 10.0.0.0/8 for ::ffff:10.0.0.0/104',
  );

/** A network of trusted proxies. A network of all addresses is refused: then every client could choose its own address. */
export const trustedSubnet = subnet.refine(
  (cidr) => !cidr.endsWith('/0'),
  'must not have a subnet of all addresses (/0), or any client could write its own address: name the networks of your proxies',
);

function isIpv4Mapped(cidr: string): boolean {
  const [address] = ipaddr.parseCIDR(cidr);
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress();
}
