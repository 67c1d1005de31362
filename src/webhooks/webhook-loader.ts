/**
 * Reads the webhooks for the pipeline, and opens their secrets. Every webhook that it returns has a signing secret. A row
 * that another program wrote may lack one, or hold plain secrets. Both are corrected before the webhook is loaded.
 *
 * A webhook whose secrets cannot be opened is returned as unusable; the others are loaded all the same. Every version of
 * a row has a stamp. So only rows that changed since the last time are opened again.
 */
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { FOR_DELIVERIES } from '../database/data-source.ts';
import type { UnusableWebhook, Webhook } from '../model/webhook.ts';
import { SealBroken, SecretBox } from '../secrets/secret-box.ts';
import { ServiceKey } from '../secrets/service-key.ts';
import { StoredSecrets } from '../secrets/stored-secrets.ts';
import { toWebhook, WebhookEntity } from './webhook.entity.ts';
import { knownId, noSuchWebhook } from './webhook-id.ts';
import { isPlain, openSecrets } from '../secrets/webhook-secrets.ts';

/**
 * The stamp differs for every version of a row, whoever wrote it, because it contains the number of the transaction that
 * wrote the version (`xmin`). It also covers the keys of the service, because a webhook may sign with them.
 */
const STAMP = `hashtextextended(concat_ws(' ', webhook.id, webhook.xmin,
  (SELECT string_agg(concat_ws(' ', name, xmin), ' ' ORDER BY name) FROM service_keys)), 0)`;
const FINGERPRINT = `
  SELECT count(*) || ':' || coalesce(sum(${STAMP}), 0) AS fingerprint FROM webhooks webhook`;
const STAMPS = `
  SELECT webhook.id, ${STAMP} AS stamp FROM webhooks webhook
  WHERE $1::uuid IS NULL OR webhook.id > $1 ORDER BY webhook.id LIMIT $2`;

const BEHIND_ON = `ARRAY(SELECT partition FROM cursors
  WHERE cursors.webhook_id = webhook.id AND cursors.end_offset IS NULL AND NOT cursors.done)`;

/** The id of a row and the stamp of its current version. */
export interface StampedId {
  readonly id: string;
  readonly stamp: string;
}

/** A row whose stamp is not the known one. */
export interface LoadedWebhook extends StampedId {
  /** Null while it is disabled. */
  readonly loaded: Webhook | UnusableWebhook | null;
  /** Partitions on which it is behind what is live: a cursor without an end is there. */
  readonly behindOn: readonly number[];
}

/** What changed about some webhooks. `changed` is in the order of creation. */
export interface WebhookNews {
  readonly changed: readonly LoadedWebhook[];
  readonly gone: readonly string[];
}

interface FoundRow {
  readonly row: WebhookEntity;
  readonly stamp: string;
  readonly behindOn: readonly number[];
  /** Whether the service had a key when the row was read. */
  readonly hasServiceKey: boolean;
}

@Injectable()
export class WebhookLoader {
  constructor(
    @InjectRepository(WebhookEntity, FOR_DELIVERIES) private readonly rows: Repository<WebhookEntity>,
    private readonly box: SecretBox,
    private readonly stored: StoredSecrets,
    private readonly serviceKey: ServiceKey,
  ) {}

  /**
   * Loads one webhook, even if it is disabled.
   *
   * @throws Problem `not_found`; SealBroken
   */
  async load(id: string): Promise<Webhook> {
    const known = knownId(id);
    let row = await this.rows.findOneBy({ id: known });
    if (row && isPlain(row)) {
      await this.stored.sealPlain([row.id]);
      row = await this.rows.findOneBy({ id: known });
    }
    if (!row) throw noSuchWebhook(id);
    const webhook = await this.#open(row, () => this.serviceKey.load());
    if ('fault' in webhook) throw webhook.fault;
    return webhook;
  }

  /**
   * Reads these webhooks. Opens those that are enabled and whose stamp is not the known one.
   *
   * @param known the stamps of what was loaded before, by id.
   */
  async news(ids: readonly string[], known: ReadonlyMap<string, string>): Promise<WebhookNews> {
    let found = await this.#find(ids);
    if (await this.#complete(found)) found = await this.#find(ids);
    const changed: LoadedWebhook[] = [];
    let read: Promise<string> | null = null;
    const serviceKey = (): Promise<string> => (read ??= this.serviceKey.load());
    for (const { row, stamp, behindOn } of found) {
      const { id } = row;
      if (known.get(id) === stamp) continue;
      changed.push({ id, stamp, behindOn, loaded: row.enabled ? await this.#open(row, serviceKey) : null });
    }
    const present = new Set(found.map(({ row }) => row.id));
    return { changed, gone: ids.filter((id) => !present.has(id)) };
  }

  /** The stamps of up to `limit` webhooks after the given id, in the order of creation. */
  async stamps(after: string | null, limit: number): Promise<StampedId[]> {
    return this.rows.query<StampedId[]>(STAMPS, [after, limit]);
  }

  /**
   * The number of all stamps and their sum, as a text. It changes with every write to webhooks or keys, whoever wrote. The
   * caller can compute the same text from the stamps it knows.
   */
  async fingerprint(): Promise<string> {
    const [row] = await this.rows.query<{ fingerprint: string }[]>(FINGERPRINT);
    return row?.fingerprint ?? '';
  }

  /** Seals plain secrets and makes missing ones. @returns whether it did, so that the rows must be read again. */
  async #complete(found: readonly FoundRow[]): Promise<boolean> {
    const enabled = found.filter(({ row }) => row.enabled);
    const plain = enabled.filter(({ row }) => isPlain(row)).map(({ row }) => row.id);
    if (plain.length > 0) await this.stored.sealPlain(plain);
    // The key must exist before the stamp is taken. Otherwise a deletion of the key would bring the same stamp back.
    const keyMissing = enabled.some(({ row, hasServiceKey }) => row.ed25519Signature && !hasServiceKey);
    if (keyMissing) await this.serviceKey.load();
    return plain.length > 0 || keyMissing;
  }

  async #find(ids: readonly string[]): Promise<FoundRow[]> {
    const { entities, raw } = await this.rows
      .createQueryBuilder('webhook')
      .addSelect(STAMP, 'stamp')
      .addSelect(BEHIND_ON, 'behind_on')
      .addSelect('EXISTS (SELECT FROM service_keys)', 'has_service_key')
      .where('webhook.id = ANY (:ids)', { ids })
      .orderBy('webhook.id')
      .getRawAndEntities<{
        webhook_id: string;
        stamp: string;
        behind_on: number[];
        has_service_key: boolean;
      }>();
    const rawById = new Map(raw.map((row) => [row.webhook_id, row]));
    return entities.map((row) => {
      const raw = rawById.get(row.id);
      const { stamp = '', behind_on: behindOn = [], has_service_key: hasServiceKey = false } = raw ?? {};
      return { row, stamp, behindOn, hasServiceKey };
    });
  }

  async #open(row: WebhookEntity, serviceKey: () => Promise<string>): Promise<Webhook | UnusableWebhook> {
    const { id, triggers, ordering } = row;
    try {
      const ed25519Key = row.ed25519Signature ? await serviceKey() : null;
      return toWebhook(row, { ...openSecrets(this.box, row), ed25519Key });
    } catch (error) {
      if (!(error instanceof SealBroken)) throw error;
      return { id, triggers, ordering, fault: error };
    }
  }
}
