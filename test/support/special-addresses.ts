/**
 * The special-purpose ranges of IANA's registries (RFC 6890 and what followed it), written down apart from the address
 * rule and kept in Node's own `BlockList`, to judge the rule by. Also hosts and addresses of every form, the edges of
 * these ranges among them.
 */
import { BlockList, isIPv6 } from 'node:net';
import fc from 'fast-check';

/** What is not global unicast, and what clouds keep for themselves. */
const SPECIAL_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '168.63.129.16/32',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
/** All outside of 2000::/3, and the special parts of it. */
const SPECIAL_IPV6 = [
  '::/3',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '2620:4f:8000::/48',
  '3fff::/20',
  '4000::/2',
  '8000::/1',
];

// Two, as a list with IPv6 ranges judges an IPv4 address by its IPv4-mapped form.
const ofIpv4 = blockList(SPECIAL_IPV4, 'ipv4');
const ofIpv6 = blockList(SPECIAL_IPV6, 'ipv6');

/** An IPv4-mapped address is judged as its IPv4, as that is what a socket dials. */
export function isSpecial(address: string): boolean {
  if (!isIPv6(address)) return ofIpv4.check(address, 'ipv4');
  const groups = groupsOf(address);
  const mapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (!mapped) return ofIpv6.check(address, 'ipv6');
  return ofIpv4.check(ipv4Text(((groups[6] ?? 0) * 65_536 + (groups[7] ?? 0)) >>> 0), 'ipv4');
}

/** Any address, those at the edges of special ranges more often. */
export function anyIpv4(): fc.Arbitrary<string> {
  const edges = SPECIAL_IPV4.flatMap((cidr) => {
    const [address = '', bits = '32'] = cidr.split('/');
    const first = ipv4Number(address);
    const last = first + 2 ** (32 - Number(bits)) - 1;
    return [first - 1, first, first + 1, last - 1, last, last + 1].map((at) => ipv4Text(at >>> 0));
  });
  return fc.oneof(fc.constantFrom(...edges), fc.nat(0xffffffff).map(ipv4Text));
}

/** Any address, those at the edges of special ranges and those with an IPv4 inside more often. */
export function anyIpv6(): fc.Arbitrary<string> {
  const group = fc.oneof(fc.constantFrom(0, 0xffff), fc.nat(0xffff));
  const groups = fc.array(group, { minLength: 8, maxLength: 8 });
  const starts = SPECIAL_IPV6.map((cidr) => groupsOf(cidr.split('/')[0] ?? ''));
  const nearEdge = fc
    .tuple(fc.constantFrom(...starts), fc.constantFrom(-1, 0, 1), groups)
    .map(([start, step, tail]) => {
      const head = (((start[0] ?? 0) << 16) | (start[1] ?? 0)) + step;
      return [(head >>> 16) & 0xffff, head & 0xffff, ...tail.slice(2)];
    });
  const embedding = fc
    .tuple(fc.constantFrom('::ffff:', '::', '::ffff:0:', '64:ff9b::', '64:ff9b:1::', '2002:'), anyIpv4())
    .map(([prefix, address]) => {
      const number = ipv4Number(address);
      const hex = `${(number >>> 16).toString(16)}:${(number & 0xffff).toString(16)}`;
      return prefix === '2002:' ? `2002:${hex}::` : `${prefix}${hex}`;
    });
  const text = (parts: number[]): string => parts.map((part) => part.toString(16)).join(':');
  return fc.oneof(groups.map(text), nearEdge.map(text), embedding);
}

/** What may stand where a URL has its host: names, and addresses in every form that URL parsers read. */
export function anyHost(): fc.Arbitrary<string> {
  const number = anyIpv4().map(ipv4Number);
  const octets = anyIpv4().map((address) => address.split('.').map(Number));
  const forms = fc.constantFrom(
    (octet: number) => String(octet),
    (octet: number) => `0x${octet.toString(16)}`,
    (octet: number) => `0${octet.toString(8)}`,
  );
  const dotted = fc
    .tuple(octets, fc.array(forms, { minLength: 4, maxLength: 4 }), fc.boolean())
    .map(
      ([parts, how, dot]) => parts.map((octet, at) => how[at]?.(octet) ?? '').join('.') + (dot ? '.' : ''),
    );
  const shortened = octets.map(([a = 0, b = 0, c = 0, d = 0]) => `${a}.${b}.${c * 256 + d}`);
  return fc.oneof(
    fc.constantFrom('receiver.example', 'localhost', 'a.localhost.', 'LOCALHOST'),
    fc.domain(),
    dotted,
    shortened,
    number.map(String),
    number.map((value) => `0x${value.toString(16)}`),
    number.map((value) => `0${value.toString(8)}`),
    dotted.map(encodeURIComponent),
    anyIpv4().map((text) => text.replaceAll(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)))),
    anyIpv6().map((text) => `[${text}]`),
    anyIpv4().map((text) => `[::ffff:${text}]`),
  );
}

function ipv4Number(text: string): number {
  return text.split('.').reduce((number, octet) => number * 256 + Number(octet), 0);
}

function ipv4Text(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 0xff).join('.');
}

/** Of an address without IPv4 in it. */
function groupsOf(address: string): number[] {
  const url = new URL(`http://[${address}]/`);
  const [head = '', tail = ''] = url.hostname.slice(1, -1).split('::');
  const parts = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => parseInt(group, 16));
  const [first, last] = [parts(head), parts(tail)];
  return [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last];
}

function blockList(cidrs: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const cidr of cidrs) {
    const [address = '', bits] = cidr.split('/');
    list.addSubnet(address, Number(bits), family);
  }
  return list;
}
