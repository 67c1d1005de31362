/**
 * The address of a client as lockout and audit trail know it: one spelling for each, without the port that some proxies
 * write beside it into `X-Forwarded-For`, and IPv4 as IPv4 where a socket or a proxy has it mapped into IPv6. What is no
 * address stays what it is.
 */
import ipaddr from 'ipaddr.js';

/** `203.0.113.7:4711`, `[2001:db8::1]:4711`, `[2001:db8::1]`. */
const WITH_PORT = /^(?:\[(?<ipv6>[^\]]*)\](?::\d+)?|(?<ipv4>[\d.]+):\d+)$/;

export function clientAddress(text: string): string {
  const { ipv6, ipv4 } = WITH_PORT.exec(text)?.groups ?? {};
  const address = ipv6 ?? ipv4 ?? text;
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : text;
}
