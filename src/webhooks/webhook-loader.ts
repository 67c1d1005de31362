/**
 * The webhooks for the pipeline, with their secrets opened. None leaves here without a signing secret: what was written
 * past the service gets one, and its plain secrets are sealed, before it is loaded. One whose secrets cannot be opened
 * does not keep the others from being loaded.
 */
import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type FindOptionsWhere } from 'typeorm';
import type { UnusableWebhook, Webhook } from '../model/webhook.ts';
import { SealBroken, SecretBox } from '../secrets/secret-box.ts';
import { ServiceKey } from '../secrets/service-key.ts';
import { StoredSecrets } from '../secrets/stored-secrets.ts';
import { toWebhook, WebhookEntity } from './webhook.entity.ts';
import { knownId, noSuchWebhook } from './webhook-id.ts';
import { isPlain, openSecrets } from '../secrets/webhook-secrets.ts';

const WRITTEN = `SELECT count(*) || ':' || coalesce(sum(xmin::text::bigint), 0)`;

export interface LoadedWebhooks {
  readonly usable: readonly Webhook[];
  readonly unusable: readonly UnusableWebhook[];
}

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
   * @throws Problem `not_found`; SealBroken
   */
  async load(id: string): Promise<Webhook> {
    const { usable, unusable } = await this.#load({ id: knownId(id) });
    if (unusable[0]) throw unusable[0].fault;
    if (!usable[0]) throw noSuchWebhook(id);
    return usable[0];
  }

  /** Every enabled webhook, in the order of creation. */
  async loadEnabled(): Promise<LoadedWebhooks> {
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

  async #load(where: FindOptionsWhere<WebhookEntity>): Promise<LoadedWebhooks> {
    const query = { where, order: { id: 'ASC' } } as const;
    let rows = await this.rows.find(query);
    if (rows.some(isPlain)) {
      await this.stored.sealPlain();
      rows = await this.rows.find(query);
    }
    const usable: Webhook[] = [];
    const unusable: UnusableWebhook[] = [];
    let serviceKey: Promise<string> | null = null;
    for (const row of rows) {
      const { id, triggers, ordering, ed25519Signature } = row;
      try {
        const ed25519Key = ed25519Signature ? await (serviceKey ??= this.serviceKey.load()) : null;
        usable.push(toWebhook(row, { ...openSecrets(this.box, row), ed25519Key }));
      } catch (error) {
        if (!(error instanceof SealBroken)) throw error;
        unusable.push({ id, triggers, ordering, fault: error });
      }
    }
    return { usable, unusable };
  }
}
