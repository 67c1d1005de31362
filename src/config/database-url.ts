/**
 * The TLS parameters of `DATABASE_URL`: finds their faults, and translates them into options for the driver.
 *
 * Every `sslmode` that uses TLS checks the server's certificate and host name. The driver does so today. Its next major
 * version will not do so for `require` and `verify-ca`, so this file does not rely on it. There are two exceptions:
 * `uselibpqcompat=true` asks for libpq's weaker meanings, and `no-verify` checks nothing.
 *
 * The driver's own parameter `ssl` is refused, because the driver takes any word as yes.
 */
import { parse } from 'pg-connection-string';
import { tlsFileFaults } from './tls-files.ts';

const VERIFYING = ['require', 'verify-ca', 'verify-full'];
const MODES = ['disable', ...VERIFYING, 'no-verify'];
const LIBPQ_ONLY_MODES = ['prefer'];
const TLS_PARAMETERS = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'uselibpqcompat'];

/** What pg is given: the URL without its TLS parameters, and those parameters as options. */
export interface DatabaseConnection {
  readonly connectionString: string;
  /** Never left out: without it pg would read `PGSSLMODE` from the environment. */
  readonly ssl: boolean | DatabaseTls;
}

interface DatabaseTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly rejectUnauthorized?: boolean;
}

/** @returns what is wrong with the TLS parameters. No sentence contains a value that may be secret. */
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
  if (mode !== undefined && ![...MODES, ...(compatible ? LIBPQ_ONLY_MODES : [])].includes(mode)) {
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

/** Also reads the files that the URL names. */
export function databaseConnection(databaseUrl: string): DatabaseConnection {
  const url = new URL(databaseUrl);
  if (!TLS_PARAMETERS.some((name) => url.searchParams.has(name))) {
    return { connectionString: databaseUrl, ssl: false };
  }
  const compatible = url.searchParams.get('uselibpqcompat') === 'true';
  // The driver treats these modes alike unless libpq's meanings are asked for. It also warns that this will change.
  if (!compatible && VERIFYING.includes(url.searchParams.get('sslmode') ?? '')) {
    url.searchParams.set('sslmode', 'verify-full');
  }
  const { ssl } = parse(url.href);
  for (const name of TLS_PARAMETERS) url.searchParams.delete(name);
  return { connectionString: url.href, ssl: verifying(ssl as boolean | DatabaseTls) };
}

/** With the check of the certificate written down: else NODE_TLS_REJECT_UNAUTHORIZED would turn it off. */
function verifying(ssl: boolean | DatabaseTls): boolean | DatabaseTls {
  if (ssl === false) return false;
  return { rejectUnauthorized: true, ...(ssl === true ? {} : ssl) };
}

/** Whether the connection uses TLS without checking who answers. */
export function isDatabaseUnverified(databaseUrl: string): boolean {
  const { ssl } = databaseConnection(databaseUrl);
  return typeof ssl === 'object' && ssl.rejectUnauthorized === false;
}
