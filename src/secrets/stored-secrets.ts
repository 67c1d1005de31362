/**
 * Works on all stored secrets at once: those of the webhooks, and the service key.
 *
 * At start it refuses to go on if a key is missing. Then it seals plain secrets, which an older version or a person with
 * psql may have written. `rewrite` seals everything with the first key of `SECRETS_KEY`.
 *
 * A row is locked while it is rewritten. Its version stays the same, because REST shows nothing that changed.
 */
import { Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { FOR_DELIVERIES } from '../database/data-source.ts';
import { StartError } from '../config/start-error.ts';
import { isSealed, SEALED_LIKE, SecretBox, type Place } from './secret-box.ts';
import { newSigningSecret, place, sealSigningSecrets } from './webhook-secrets.ts';
import { SERVICE_KEY_PLACE } from './service-key.ts';

/** The ids of all keys that a stored secret is encrypted with. */
export const KEY_IDS = `
  SELECT DISTINCT split_part(stored, ':', 3) AS id FROM (
    SELECT secret_token FROM webhooks
    UNION ALL SELECT signing_secrets FROM webhooks
    UNION ALL SELECT value FROM webhooks, jsonb_each_text(headers)
    UNION ALL SELECT private_key FROM service_keys) AS texts (stored)
  WHERE stored LIKE '${SEALED_LIKE}' ORDER BY id`;
const PLAIN = `
  signing_secrets IS NULL OR secret_token NOT LIKE '${SEALED_LIKE}'
  OR EXISTS (SELECT FROM jsonb_each_text(headers) WHERE (value LIKE '${SEALED_LIKE}') IS NOT TRUE)`;
const UPDATE_WEBHOOK =
  'UPDATE webhooks SET secret_token = $2, headers = $3, signing_secrets = $4 WHERE id = $1';
const UPDATE_SERVICE_KEY = 'UPDATE service_keys SET private_key = $2 WHERE name = $1';

interface WebhookRow {
  id: string;
  secret_token: string | null;
  /** Values may be other than texts if a person wrote them. */
  headers: Record<string, unknown>;
  signing_secrets: string | null;
}

/** @returns what to do about stored secrets whose key is not there; null where every key is. */
export function missingKeys(
  stored: readonly { readonly id: string }[],
  { keyIds }: Pick<SecretBox, 'keyIds'>,
): string | null {
  const missing = stored.map(({ id }) => id).filter((id) => !keyIds.includes(id));
  if (missing.length === 0) return null;
  return `Secrets in the database are encrypted with the key ${missing.join(' and ')}, but SECRETS_KEY holds ${keyIds.join(' and ')}: add the missing key to SECRETS_KEY, after a comma. A key's id is the beginning of the SHA-256 of its bytes. docs/operating.md says what to do when a key is lost`;
}

@Injectable()
export class StoredSecrets {
  readonly #logger = new Logger(StoredSecrets.name);

  constructor(
    @InjectDataSource(FOR_DELIVERIES) private readonly dataSource: DataSource,
    private readonly box: SecretBox,
  ) {}

  /** @throws StartError with the ids of the missing keys. */
  async prepare(): Promise<void> {
    await this.#refuseMissingKeys();
    await this.sealPlain();
  }

  /**
   * Seals plain secrets of webhooks. Also gives a signing secret to every webhook that has none.
   *
   * @param ids of the webhooks to look at. Left out: all webhooks.
   */
  async sealPlain(ids?: readonly string[]): Promise<void> {
    const [where, parameters] = ids ? [`id = ANY ($1::uuid[]) AND (${PLAIN})`, [ids]] : [PLAIN, []];
    const seal = (text: string, at: Place): string => (isSealed(text) ? text : this.box.seal(text, at));
    const sealed = await this.dataSource.transaction((manager) =>
      this.#rewriteWebhooks(manager, { where, parameters }, seal),
    );
    if (sealed > 0)
      this.#logger.log({ webhooks: sealed }, 'secrets that were stored as plain text are encrypted now');
  }

  /**
   * Seals everything with the first key, or nothing at all.
   *
   * @returns how many rows had plain secrets, or secrets under another key.
   * @throws StartError with the ids of the missing keys; SealBroken with the place of a text that cannot be opened.
   */
  async rewrite(): Promise<number> {
    await this.#refuseMissingKeys();
    const reseal = (text: string, at: Place): string => this.box.reseal(text, at);
    return this.dataSource.transaction(
      async (manager) =>
        (await this.#rewriteWebhooks(manager, { where: 'true', parameters: [] }, reseal)) +
        (await this.#rewriteServiceKeys(manager, reseal)),
    );
  }

  async #refuseMissingKeys(): Promise<void> {
    const stored = await this.dataSource.query<{ id: string }[]>(KEY_IDS);
    const fault = missingKeys(stored, this.box);
    if (fault !== null) throw new StartError(fault);
  }

  async #rewriteWebhooks(
    manager: EntityManager,
    { where, parameters }: { where: string; parameters: readonly unknown[] },
    rewrite: (text: string, at: Place) => string,
  ): Promise<number> {
    const rows = await manager.query<WebhookRow[]>(
      `SELECT id, secret_token, headers, signing_secrets FROM webhooks WHERE ${where} ORDER BY id FOR NO KEY UPDATE`,
      [...parameters],
    );
    let count = 0;
    for (const row of rows) {
      const { id, secret_token, headers, signing_secrets } = row;
      const after = {
        id,
        secret_token: secret_token === null ? null : rewrite(secret_token, place.secretToken(id)),
        headers: Object.fromEntries(
          Object.entries(headers)
            .filter(([, value]) => value !== null)
            .map(([name, value]) => [name, rewrite(asText(value), place.header(id, name))]),
        ),
        signing_secrets:
          signing_secrets === null
            ? sealSigningSecrets(this.box, id, [newSigningSecret()])
            : rewrite(signing_secrets, place.signingSecrets(id)),
      };
      if (JSON.stringify(after) === JSON.stringify(row)) continue;
      await manager.query(UPDATE_WEBHOOK, Object.values(after));
      count += 1;
    }
    return count;
  }

  async #rewriteServiceKeys(
    manager: EntityManager,
    rewrite: (text: string, at: Place) => string,
  ): Promise<number> {
    const rows = await manager.query<{ name: string; private_key: string }[]>(
      'SELECT name, private_key FROM service_keys FOR UPDATE',
    );
    let count = 0;
    for (const { name, private_key } of rows) {
      const after = rewrite(private_key, { ...SERVICE_KEY_PLACE, id: name });
      if (after === private_key) continue;
      await manager.query(UPDATE_SERVICE_KEY, [name, after]);
      count += 1;
    }
    return count;
  }
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
