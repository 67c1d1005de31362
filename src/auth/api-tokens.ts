/**
 * The rules for tokens of the REST API, and the file that holds several of them, one per line:
 *
 *   # name   role     token, or the SHA-256 of one
 *   ci       admin    sha256:<64 hex digits>
 *   grafana  viewer   <a token written out>
 *
 * A hash does not show how strong its token is. That is checked when the token is sent (`static-tokens.ts`). A fault
 * names the line, and never its content, which may be a token. The file is read once, at start.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ROLES, type Role } from '../model/actor.ts';

export interface ApiToken {
  readonly name: string;
  readonly role: Role;
  /** SHA-256, 32 bytes. */
  readonly hash: Buffer;
}

const MIN_DISTINCT = 8;
const NAME = /^[A-Za-z0-9._@-]{1,64}$/;
/** In the audit trail, the token of a setting has the name of its role, and `system` is the service itself. */
const TAKEN_NAMES: readonly string[] = [...ROLES, 'system'];

/** A token fits into an `Authorization: Bearer` header, and is hard to guess. RFC 6750 section 2.1 allows fewer characters. */
export const token = z
  .string()
  .min(16, { error: 'must be at least 16 characters long', abort: true })
  .regex(/^[!-~]*$/, 'must consist of visible ASCII characters without spaces')
  .refine(
    (text) => new Set(text).size >= MIN_DISTINCT,
    `must have at least ${MIN_DISTINCT} different characters: make one with "openssl rand -hex 32"`,
  );

/** The path of a tokens file, read into its tokens. */
export const apiTokensFile = z.string().transform((path, context): readonly ApiToken[] => {
  const { tokens, faults } = readFile(path);
  for (const fault of faults) context.addIssue(`${path}${fault}`);
  return tokens;
});

export function tokenHash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

interface Parsed {
  readonly tokens: ApiToken[];
  readonly faults: string[];
}

function readFile(path: string): Parsed {
  try {
    return parseTokens(readFileSync(path, 'utf8'));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return { tokens: [], faults: [` cannot be read (${code}): correct the path or the rights of the file`] };
  }
}

/** @returns all tokens, and all faults. Each fault is written so that it can follow the path of the file. */
export function parseTokens(text: string): Parsed {
  const tokens: ApiToken[] = [];
  const faults: string[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const parsed = parseLine(line, tokens);
    if (typeof parsed === 'string') faults.push(`, line ${index + 1}: ${parsed}`);
    else tokens.push(parsed);
  }
  if (tokens.length === 0 && faults.length === 0) faults.push(' has no token in it');
  return { tokens, faults };
}

/** @returns the token, or what is wrong with the line. */
function parseLine(line: string, before: readonly ApiToken[]): ApiToken | string {
  const [name = '', role, secret, ...more] = line.trim().split(/\s+/);
  if (role === undefined || secret === undefined || more.length > 0)
    return 'must be a name, a role and a token, separated by spaces';
  if (!NAME.test(name)) return 'the name must be 1 to 64 letters, digits, ".", "_", "@" or "-"';
  if (TAKEN_NAMES.includes(name)) return `the name must not be one of ${TAKEN_NAMES.join(', ')}`;
  if (before.some((other) => other.name === name)) return `the name ${name} is there twice`;
  if (!isRole(role)) return `the role of ${name} must be ${ROLES.join(' or ')}`;
  const hash = hashOf(secret);
  if (typeof hash === 'string') return `the token of ${name} ${hash}`;
  const same = before.find((other) => other.hash.equals(hash));
  return same ? `the token of ${name} is also the one of ${same.name}` : { name, role, hash };
}

function isRole(text: string): text is Role {
  return (ROLES as readonly string[]).includes(text);
}

/** @returns the hash, or what is wrong. */
function hashOf(secret: string): Buffer | string {
  if (secret.startsWith('sha256:')) {
    const hex = secret.slice('sha256:'.length);
    return /^[0-9a-fA-F]{64}$/.test(hex)
      ? Buffer.from(hex, 'hex')
      : 'must have 64 hex digits after "sha256:"';
  }
  const { success, error } = token.safeParse(secret);
  return success ? tokenHash(secret) : (error.issues[0]?.message ?? 'is not usable');
}
