/**
 * The data directory of `npm start`. A marker file shows that it is ours. Only one stack uses it at a time. It keeps the
 * secrets that are made at the first start.
 */
import { randomBytes } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Fault, isErrno } from './fault.ts';
import { tryLock, type Release } from './lock.ts';

export const MARKER = '.user-webhooks-data';
const MARKER_TEXT =
  'The data of `npm start` of user-webhooks: Kafka, PostgreSQL, tokens and keys. `npm run reset` removes it.\n';
const LOCK = 'lock';
const HOLDER = 'lock-holder';
const ADMIN_TOKEN = 'admin-token';
const SECRETS_KEY = 'secrets-key';

/** Makes the directory if it is missing, and locks it against other stacks. @returns a function that unlocks it. */
export function openDataDir(path: string): Release {
  try {
    mkdirSync(path, { recursive: true });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    if (!isDataDir(path)) {
      if (readdirSync(path).length > 0) throw foreignFault(path);
      writeFileSync(join(path, MARKER), MARKER_TEXT);
    }
    return lockDataDir(path);
  } catch (error) {
    throw asDataDirFault(error, path);
  }
}

/** @throws Fault if a stack is running on it. */
export function lockDataDir(path: string): Release {
  const lockFile = join(path, LOCK);
  const holderFile = join(path, HOLDER);
  if (existsSync(lockFile)) accessSync(lockFile, constants.R_OK | constants.W_OK);
  const release = tryLock(lockFile);
  if (release === null) {
    const holder = existsSync(holderFile) ? ` (process ${readFileSync(holderFile, 'utf8').trim()})` : '';
    throw new Fault(
      `Another \`npm start\` or \`npm run demo\`${holder} is running on the data directory ${path}: stop it, or set DATA_DIR to another directory.`,
    );
  }
  writeFileSync(holderFile, `${process.pid}\n`);
  return release;
}

export function isDataDir(path: string): boolean {
  return existsSync(join(path, MARKER));
}

export function foreignFault(path: string): Fault {
  return new Fault(
    `DATA_DIR ${path} holds other files and was not made by \`npm start\`: set DATA_DIR to a new or empty directory.`,
  );
}

/** The administrator's token, which is made at the first start; null if there is none yet. */
export function readAdminToken(dataDir: string): string | null {
  return readSecret(dataDir, ADMIN_TOKEN);
}

export function keepAdminToken(dataDir: string): string {
  return keepSecret(dataDir, ADMIN_TOKEN, () => randomBytes(24).toString('base64url'));
}

/** The key with which the service encrypts secrets. Without it, no stored secret can be decrypted. */
export function keepSecretsKey(dataDir: string): string {
  return keepSecret(dataDir, SECRETS_KEY, () => randomBytes(32).toString('base64'));
}

function readSecret(dataDir: string, name: string): string | null {
  try {
    return readFileSync(join(dataDir, name), 'utf8').trim() || null;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw asDataDirFault(error, dataDir);
  }
}

function keepSecret(dataDir: string, name: string, make: () => string): string {
  const kept = readSecret(dataDir, name);
  if (kept !== null) return kept;
  const secret = make();
  writeFileSync(join(dataDir, name), `${secret}\n`, { mode: 0o600 });
  return secret;
}

/** Turns what a person can put right, such as missing rights or a full disk, into a `Fault`. Other errors stay as they are. */
export function asDataDirFault(error: unknown, dataDir: string): unknown {
  const wayOut = 'set DATA_DIR to a directory of yours';
  if (isErrno(error, 'EACCES', 'EPERM', 'EROFS')) {
    return new Fault(
      `DATA_DIR ${dataDir} cannot be used (${error.message}): work as the user who made it, or ${wayOut}.`,
    );
  }
  if (isErrno(error, 'ENOTDIR', 'EEXIST')) {
    return new Fault(`DATA_DIR ${dataDir} is not a directory: remove that file, or ${wayOut}.`);
  }
  if (isErrno(error, 'ENOSPC', 'EDQUOT')) {
    return new Fault(`There is no space left for DATA_DIR ${dataDir}: make room, or ${wayOut}.`);
  }
  return error;
}
