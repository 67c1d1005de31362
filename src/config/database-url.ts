/**
 * What `DATABASE_URL` says of TLS: its faults, and what the driver is given.
 *
 * Every `sslmode` with TLS checks the server's certificate and its name, as the driver does it today. Its coming major
 * version will not for `require` and `verify-ca`, so that is fixed here. `uselibpqcompat=true` asks for libpq's weaker
 * meanings, `no-verify` for none. The driver's own parameter `ssl` is refused: it takes any word for yes.
 */
import { parse } from 'pg-connection-string';
import { tlsFileFaults } from './tls-files.ts';

const VERIFYING = ['require', 'verify-ca', 'verify-full'];
const MODES = ['disable', ...VERIFYING, 'no-verify'];
const OF_LIBPQ = ['prefer'];
const TLS_PARAMETERS = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'uselibpqcompat'];

/** What pg takes: a URL without its parameters of TLS, and those as options. */
export interface DatabaseConnection {
  readonly connectionString: string;
  /** Always given: where it is not, pg looks for `PGSSLMODE` in the environment. */
  readonly ssl: boolean | DatabaseTls;
}

interface DatabaseTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly rejectUnauthorized?: boolean;
}

/** @returns what is wrong with the parameters of TLS; never a value that may be secret. */
export function databaseUrlFaults(databaseUrl: string): string[] {
  const parameters = URL.parse(databaseUrl)?.searchParams ?? new URLSearchParams();
  const [mode, ca, cert, key] = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey'].map(
    (name) => parameters.get(name) ?? undefined,
  );
  const compatible = parameters.get('uselibpqcompat') === 'true';
  const faults: string[] = [];
  if (parameters.has('ssl')) {
    faults.push('must have no ssl parameter: use sslmode=verify-full for TLS, sslmode=disable for none');
  }
  if (mode !== undefined && ![...MODES, ...(compatible ? OF_LIBPQ : [])].includes(mode)) {
    faults.push(`must have an sslmode of ${MODES.join(', ')}, but it is "${mode}"`);
  }
  if (mode === 'disable' && [ca, cert, key].some((file) => file !== undefined)) {
    faults.push('must have no sslrootcert, sslcert or sslkey with sslmode=disable');
  }
  if ((cert === undefined) !== (key === undefined)) faults.push('must have sslcert and sslkey together');
  if (compatible && mode === 'verify-ca' && ca === undefined) {
    faults.push('must have an sslrootcert with sslmode=verify-ca and uselibpqcompat=true');
  }
  const names = { ca: 'sslrootcert', cert: 'sslcert', key: 'sslkey' };
  return [...faults, ...tlsFileFaults({ ca, cert, key }, names).map((fault) => `has a fault: ${fault}`)];
}

/** Reads the files that it names. */
export function databaseConnection(databaseUrl: string): DatabaseConnection {
  const url = new URL(databaseUrl);
  if (!TLS_PARAMETERS.some((name) => url.searchParams.has(name))) {
    return { connectionString: databaseUrl, ssl: false };
  }
  const compatible = url.searchParams.get('uselibpqcompat') === 'true';
  // Without libpq's meanings the driver treats these modes alike, and warns that this will change.
  if (!compatible && VERIFYING.includes(url.searchParams.get('sslmode') ?? '')) {
    url.searchParams.set('sslmode', 'verify-full');
  }
  const { ssl } = parse(url.href);
  for (const name of TLS_PARAMETERS) url.searchParams.delete(name);
  return { connectionString: url.href, ssl: ssl as boolean | DatabaseTls };
}

/** Whether the connection is encrypted, but to whoever answers. */
export function isDatabaseUnverified(databaseUrl: string): boolean {
  const { ssl } = databaseConnection(databaseUrl);
  return typeof ssl === 'object' && ssl.rejectUnauthorized === false;
}
