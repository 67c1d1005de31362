import { expect, it } from 'vitest';
import { clientAddress } from './client-address.ts';

it.each([
  ['203.0.113.7', '203.0.113.7'],
  ['203.0.113.7:4711', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['[::ffff:203.0.113.7]:4711', '203.0.113.7'],
  ['2001:DB8:0:0::1', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['[2001:db8::1]:4711', '2001:db8::1'],
  // Without brackets it is unclear whether `4711` is a port.
  ['2001:db8::1:4711', '2001:db8::1:4711'],
  ['fe80::1%eth0', 'fe80::1%eth0'],
  ['unknown', 'unknown'],
  ['_hidden:4711', '_hidden:4711'],
  ['', ''],
])('the address of a client in "%s" is %s', (text, address) => {
  expect(clientAddress(text)).toBe(address);
});
