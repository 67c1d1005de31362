/**
 * What must change so that a webhook is as its row says: the body for REST, and the changes as text for people. Stored
 * secrets cannot be read, so they are not compared. A secret is written if the service has none, or if that is asked for.
 * Pure.
 */
import { isDeepStrictEqual } from 'node:util';
import { headerFaults } from '../webhooks/custom-headers.ts';
import { MEMBERS } from '../webhooks/webhook-members.ts';
import type { StoredWebhook } from './rest-client.ts';
import { nameOfRow, type Row, type RowFault } from './row.ts';
import { readSecret, sourceOf, type Environment, type Secret } from './secret.ts';

export interface Change {
  readonly member: string;
  /** As text for people, without secrets. Null: there is no value. */
  readonly before: string | null;
  readonly after: string;
}

export interface Difference {
  /** A whole webhook, or a merge patch. Empty: nothing has to change. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly changes: readonly Change[];
  /** Secrets that the service has, and that were not compared. */
  readonly uncompared: number;
  /** Faults of variables that are not set, or that hold a value that cannot be sent. */
  readonly faults: readonly RowFault[];
}

export interface SecretOptions {
  readonly environment: Environment;
  /** Whether secrets are written again that the service has already. */
  readonly writeSecrets: boolean;
}

/** @param webhook null: it must be made. */
export function difference(row: Row, webhook: StoredWebhook | null, options: SecretOptions): Difference {
  const draft = new Draft(row, options);
  const members = webhook ? row.members : { ...row.whenMade, ...row.members };
  for (const [name, value] of Object.entries(members)) draft.compare(name, webhook?.[name], value);
  if (!webhook && !('triggers' in members)) draft.fault('triggers is missing: the webhook is to be made');
  const enables = webhook ? !webhook.enabled && members['enabled'] === true : members['enabled'] !== false;
  if (row.startFrom !== undefined && enables) draft.set('start_from', null, row.startFrom);
  draft.token(webhook?.has_secret_token ?? false);
  draft.headers(Object.keys(webhook?.headers ?? {}));
  return draft;
}

class Draft implements Difference {
  readonly body: Record<string, unknown> = {};
  readonly changes: Change[] = [];
  readonly faults: RowFault[] = [];
  uncompared = 0;

  constructor(
    private readonly row: Row,
    private readonly options: SecretOptions,
  ) {}

  fault(message: string): void {
    this.faults.push({ row: nameOfRow(this.row.number, this.row.members.url), message });
  }

  compare(member: string, before: unknown, after: unknown): void {
    if (isDeepStrictEqual(comparable(member, before), comparable(member, after))) return;
    this.set(member, before === undefined ? null : JSON.stringify(before), after);
  }

  set(member: string, before: string | null, after: unknown): void {
    this.body[member] = after;
    this.changes.push({ member, before, after: JSON.stringify(after) });
  }

  token(isStored: boolean): void {
    const { secretToken } = this.row;
    if (secretToken === undefined || (secretToken === null && !isStored)) return;
    if (secretToken === null) {
      this.body['secret_token'] = null;
      this.changes.push({ member: 'secret_token', before: 'set', after: 'none' });
      return;
    }
    const value = this.#secret('secret_token', secretToken, isStored, (given) => {
      const checked = MEMBERS.secret_token.safeParse(given);
      return checked.success ? null : (checked.error.issues[0]?.message ?? 'cannot be used');
    });
    if (value !== null) this.body['secret_token'] = value;
  }

  headers(stored: readonly string[]): void {
    const { headers } = this.row;
    if (headers === undefined) return;
    const patch: Record<string, string | null> = {};
    const wanted = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
    for (const name of stored.filter((one) => !wanted.has(one.toLowerCase()))) {
      patch[name] = null;
      this.changes.push({ member: `headers.${name}`, before: 'set', after: 'none' });
    }
    const has = new Set(stored.map((name) => name.toLowerCase()));
    for (const [name, secret] of Object.entries(headers)) {
      const check = (value: string): string | null => headerFaults({ [name]: value })[0]?.message ?? null;
      const value = this.#secret(`headers.${name}`, secret, has.has(name.toLowerCase()), check);
      if (value !== null) patch[name] = value;
    }
    if (Object.keys(patch).length > 0) this.body['headers'] = patch;
  }

  /** @returns the value to write, or null. */
  #secret(
    member: string,
    secret: Secret,
    isStored: boolean,
    check: (value: string) => string | null,
  ): string | null {
    if (isStored && !this.options.writeSecrets) {
      this.uncompared += 1;
      return null;
    }
    const read = readSecret(secret, this.options.environment);
    const wrong = 'fault' in read ? read.fault : check(read.value);
    if ('fault' in read || wrong !== null) {
      const named = typeof secret === 'string' || 'fault' in read ? '' : `: the value of ${secret.env}`;
      this.fault(`${member}${named} ${wrong ?? ''}`);
      return null;
    }
    this.changes.push({ member, before: isStored ? 'set' : null, after: sourceOf(secret) });
    return read.value;
  }
}

/** The order of triggers does not matter. */
function comparable(member: string, value: unknown): unknown {
  return member === 'triggers' && Array.isArray(value) ? value.toSorted() : value;
}
