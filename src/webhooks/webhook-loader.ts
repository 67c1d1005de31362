/**
 * The webhooks for the pipeline, with their secrets opened. None leaves here without a signing secret: what was written
 * past the service gets one, and its plain secrets are sealed, before it is loaded.
 */
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type FindOptionsWhere } from 'typeorm';
import type { Webhook } from '../model/webhook.ts';
import { SecretBox } from './secret-box.ts';
import { ServiceKey } from './service-key.ts';
import { StoredSecrets } from './stored-secrets.ts';
import { toWebhook, WebhookEntity } from './webhook.entity.ts';
import { knownId, noSuchWebhook } from './webhook-id.ts';
import { isPlain, openSecrets } from './webhook-secrets.ts';

const WRITTEN = `SELECT count(*) || ':' || coalesce(sum(xmin::text::bigint), 0)`;

@Injectable()
export class WebhookLoader {
  constructor(
    @InjectRepository(WebhookEntity) private readonly rows: Repository<WebhookEntity>,
    private readonly box: SecretBox,
    private readonly stored: StoredSecrets,
    private readonly serviceKey: ServiceKey,
  ) {}

  /**
   * One webhook, disabled ones too.
   *
   * @throws Problem `not_found`
   */
  async load(id: string): Promise<Webhook> {
    const [webhook] = await this.#load({ id: knownId(id) });
    if (!webhook) throw noSuchWebhook(id);
    return webhook;
  }

  /** Every enabled webhook, in the order of creation. */
  async loadEnabled(): Promise<Webhook[]> {
    return this.#load({ enabled: true });
  }

  /**
   * A text that changes with every write to webhooks and keys, whoever wrote: each new row version carries the number of
   * the transaction that made it (`xmin`), which is larger than that of any version before. So an insert and an update
   * raise the sum, a delete changes the count, and equal count and sum mean that nothing was written.
   */
  async fingerprint(): Promise<string> {
    const [row] = await this.rows.query<{ fingerprint: string }[]>(
      `SELECT (${WRITTEN} FROM webhooks) || ' ' || (${WRITTEN} FROM service_keys) AS fingerprint`,
    );
    return row?.fingerprint ?? '';
  }

  async #load(where: FindOptionsWhere<WebhookEntity>): Promise<Webhook[]> {
    const query = { where, order: { id: 'ASC' } } as const;
    let rows = await this.rows.find(query);
    if (rows.some(isPlain)) {
      await this.stored.sealPlain();
      rows = await this.rows.find(query);
    }
    const serviceKey = rows.some((row) => row.ed25519Signature) ? await this.serviceKey.load() : null;
    return rows.map((row) =>
      toWebhook(row, {
        ...openSecrets(this.box, row),
        ed25519Key: row.ed25519Signature ? serviceKey : null,
      }),
    );
  }
}
