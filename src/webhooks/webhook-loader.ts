/**
 * The webhooks for the pipeline, with their secrets opened. None leaves here without a signing secret: what was written
 * past the service gets one, and its plain secrets are sealed, before it is loaded. One whose secrets cannot be opened
 * does not keep the others from being loaded.
 *
 * A row has a stamp, which tells whether it is still what was loaded; so only what changed is opened.
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
 * Differs for every version of a row, whoever wrote it: each carries the number of the transaction that made it (`xmin`).
 * The keys of the service are in it too, as a row may sign with them.
 */
const STAMP = `hashtextextended(concat_ws(' ', webhook.id, webhook.xmin,
  (SELECT string_agg(concat_ws(' ', name, xmin), ' ' ORDER BY name) FROM service_keys)), 0)`;
const FINGERPRINT = `
  SELECT count(*) || ':' || coalesce(sum(${STAMP}), 0) AS fingerprint FROM webhooks webhook`;
const STAMPS = `
  SELECT webhook.id, ${STAMP} AS stamp FROM webhooks webhook
  WHERE $1::uuid IS NULL OR webhook.id > $1 ORDER BY webhook.id LIMIT $2`;

/** A row of now: which one, and of when. */
export interface StampedId {
  readonly id: string;
  readonly stamp: string;
}

/** A row that is not the one that was known. */
export interface LoadedWebhook extends StampedId {
  /** Null while it is disabled. */
  readonly loaded: Webhook | UnusableWebhook | null;
}

/** What became of some webhooks, in the order of creation. */
export interface WebhookNews {
  readonly changed: readonly LoadedWebhook[];
  readonly gone: readonly string[];
}

interface FoundRow {
  readonly row: WebhookEntity;
  readonly stamp: string;
  /** Whether the service had a key then. */
  readonly keyed: boolean;
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
   * One webhook, disabled ones too.
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
   * Reads these webhooks, and opens the enabled ones among them that are others than was known.
   *
   * @param known stamps, by id.
   */
  async news(ids: readonly string[], known: ReadonlyMap<string, string>): Promise<WebhookNews> {
    let found = await this.#find(ids);
    if (await this.#completed(found)) found = await this.#find(ids);
    const changed: LoadedWebhook[] = [];
    let read: Promise<string> | null = null;
    const serviceKey = (): Promise<string> => (read ??= this.serviceKey.load());
    for (const { row, stamp } of found) {
      const { id } = row;
      if (known.get(id) === stamp) continue;
      changed.push({ id, stamp, loaded: row.enabled ? await this.#open(row, serviceKey) : null });
    }
    const present = new Set(found.map(({ row }) => row.id));
    return { changed, gone: ids.filter((id) => !present.has(id)) };
  }

  /** The stamps of some of all webhooks, in the order of creation, from behind this one on. */
  async stamps(after: string | null, limit: number): Promise<StampedId[]> {
    return this.rows.query<StampedId[]>(STAMPS, [after, limit]);
  }

  /**
   * Number and sum of all stamps. A text that changes with every write to webhooks and keys, whoever wrote, and that can
   * be told from the stamps that are known.
   */
  async fingerprint(): Promise<string> {
    const [row] = await this.rows.query<{ fingerprint: string }[]>(FINGERPRINT);
    return row?.fingerprint ?? '';
  }

  /** @returns whether something was missing, or plain, so that the rows must be read again. */
  async #completed(found: readonly FoundRow[]): Promise<boolean> {
    const enabled = found.filter(({ row }) => row.enabled);
    const plain = enabled.filter(({ row }) => isPlain(row)).map(({ row }) => row.id);
    if (plain.length > 0) await this.stored.sealPlain(plain);
    // A stamp of before there was a key would be right again when the key is deleted.
    const unkeyed = enabled.some(({ row, keyed }) => row.ed25519Signature && !keyed);
    if (unkeyed) await this.serviceKey.load();
    return plain.length > 0 || unkeyed;
  }

  async #find(ids: readonly string[]): Promise<FoundRow[]> {
    const { entities, raw } = await this.rows
      .createQueryBuilder('webhook')
      .addSelect(STAMP, 'stamp')
      .addSelect('EXISTS (SELECT FROM service_keys)', 'keyed')
      .where('webhook.id = ANY (:ids)', { ids })
      .orderBy('webhook.id')
      .getRawAndEntities<{ webhook_id: string; stamp: string; keyed: boolean }>();
    const more = new Map(raw.map((row) => [row.webhook_id, row]));
    return entities.map((row) => {
      const { stamp = '', keyed = false } = more.get(row.id) ?? {};
      return { row, stamp, keyed };
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
