/**
 * Brings the address of a client into one spelling, for the lockout and the audit trail.
 *
 * Some proxies add a port in `X-Forwarded-For`; it is removed. An IPv4-mapped IPv6 address becomes plain IPv4. A text that
 * is not an address is left as it is.
 */
import ipaddr from 'ipaddr.js';

/** Matches `203.0.113.7:4711`, `[2001:db8::1]:4711` and `[2001:db8::1]`. */
const WITH_PORT = /^(?:\[(?<ipv6>[^\]]*)\](?::\d+)?|(?<ipv4>[\d.]+):\d+)$/;

export function clientAddress(text: string): string {
  const { ipv6, ipv4 } = WITH_PORT.exec(text)?.groups ?? {};
  const address = ipv6 ?? ipv4 ?? text;
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : text;
}
