/**
 * Decides which addresses a webhook may reach: public ones, and those in `ALLOWED_SUBNETS`. Pure.
 *
 * The same rule applies when a webhook is saved, in a test send and in a delivery. A delivery checks the very address to
 * which it connects.
 */
import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Reserved ranges that `ipaddr.js` takes for ordinary unicast. */
const ALSO_REFUSED = [
  '::/96', // IPv4-compatible (RFC 4291 section 2.5.5.1, deprecated)
  '64:ff9b::/96', // NAT64 (RFC 6052)
  '64:ff9b:1::/48', // NAT64 of local use (RFC 8215)
  '100:0:0:1::/64', // dummy prefix (RFC 9780)
].map((cidr) => ipaddr.parseCIDR(cidr));

/**
 * At these addresses clouds give out the credentials of the machine. A subnet that contains one of them among others does
 * not permit it. Only a subnet of this one address does, such as `169.254.169.254/32`.
 */
const CLOUD_METADATA = [
  '169.254.169.254/32',
  '169.254.170.2/32', // AWS ECS
  '169.254.170.23/32', // AWS EKS
  '100.100.100.200/32', // Alibaba Cloud
  '168.63.129.16/32', // Azure's wire server
  'fd00:ec2::254/128', // AWS
  'fd00:ec2::23/128', // AWS EKS
  'fd20:ce::254/128', // Google Cloud
].map((cidr) => ipaddr.parseCIDR(cidr));

/** The range from which IANA assigns addresses. The rest of IPv6 is reserved, so it is refused. */
const GLOBAL_UNICAST = [ipaddr.parseCIDR('2000::/3')];

export class AddressRule {
  readonly #allowed: readonly [Address, number][];

  /** @param allowedSubnets in CIDR form. */
  constructor(allowedSubnets: readonly string[]) {
    this.#allowed = allowedSubnets.map((cidr) => ipaddr.parseCIDR(cidr));
  }

  /** Whether a connection to this address may be made. An IPv4-mapped address is treated as IPv4. */
  permits(address: string): boolean {
    if (!ipaddr.isValid(address)) return false;
    const parsed = ipaddr.process(address);
    const metadata = isInside(parsed, CLOUD_METADATA);
    if (isInside(parsed, metadata ? this.#allowed.filter(namesOneAddress) : this.#allowed)) return true;
    if (metadata) return false;
    if (parsed.kind() === 'ipv6' && !isInside(parsed, GLOBAL_UNICAST)) return false;
    return parsed.range() === 'unicast' && !isInside(parsed, ALSO_REFUSED);
  }
}

function namesOneAddress([address, bits]: readonly [Address, number]): boolean {
  return bits === (address.kind() === 'ipv4' ? 32 : 128);
}

function isInside(address: Address, subnets: readonly [Address, number][]): boolean {
  return subnets.some(([subnet, bits]) => subnet.kind() === address.kind() && address.match(subnet, bits));
}
