/**
 * The address rule before a real kernel: in a network namespace with nothing but loopback, where public and private
 * addresses alike would be reached. Needs Linux with `unshare`, `ip` and the right to use them, and fails without.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../support/foreign-addresses.ts', import.meta.url));

/** What the names of the namespace resolve to. */
const HOSTS = {
  'public.example': ['8.8.8.8'],
  'public6.example': ['2606:4700::1111'],
  'allowed.example': ['10.1.2.3'],
  'private.example': ['192.168.1.1'],
  'metadata.example': ['169.254.169.254'],
  'both.example': ['8.8.8.8', '192.168.1.1'],
  'mapped.example': ['::ffff:192.168.1.1'],
  'unique-local.example': ['fd00::1'],
};
const ADDRESSES = [...new Set(Object.values(HOSTS).flat())].filter(
  (address) => !address.startsWith('::ffff:'),
);
const LITERALS = ['8.8.8.8', '10.1.2.3', '192.168.1.1', '169.254.169.254', '127.0.0.1', '[::1]', '[fd00::1]'];

it('what is refused is not dialled, what is public or allowed is', () => {
  const script = [
    'set -e',
    'ip link set lo up',
    ...ADDRESSES.map(
      (address) => `ip addr add ${address}/${address.includes(':') ? '128 nodad' : '32'} dev lo`,
    ),
    'hosts=$(mktemp)',
    ...Object.entries(HOSTS).flatMap(([name, addresses]) =>
      addresses.map((address) => `echo "${address} ${name}" >> $hosts`),
    ),
    'mount --bind $hosts /etc/hosts',
    'rm -f $hosts',
    'exec "$0" "$@"',
  ].join('\n');
  const hosts = [...Object.keys(HOSTS), ...LITERALS];
  const output = execFileSync(
    'unshare',
    ['--net', '--mount', '--map-root-user', 'sh', '-c', script, process.execPath, SCRIPT, ...hosts],
    { encoding: 'utf8', timeout: 60_000 },
  );
  expect(JSON.parse(output)).toEqual({
    outcomes: {
      'public.example': 'delivered',
      'public6.example': 'delivered',
      'allowed.example': 'delivered',
      'private.example': 'blocked_address',
      'metadata.example': 'blocked_address',
      'both.example': 'blocked_address',
      'mapped.example': 'blocked_address',
      'unique-local.example': 'blocked_address',
      '8.8.8.8': 'delivered',
      '10.1.2.3': 'delivered',
      '192.168.1.1': 'blocked_address',
      '169.254.169.254': 'blocked_address',
      '127.0.0.1': 'blocked_address',
      '[::1]': 'blocked_address',
      '[fd00::1]': 'blocked_address',
    },
    dialled: ['8.8.8.8', '2606:4700::1111', '10.1.2.3', '8.8.8.8', '10.1.2.3'],
  });
});
