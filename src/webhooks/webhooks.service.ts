/**
 * Reads and changes webhooks for the REST API. A stored secret is never shown again. A change locks the row, checks and
 * writes it, and adds to the audit trail, all in one transaction. So of two changes with the same `If-Match` one is
 * refused. After the commit, this process is told of the change before the caller gets an answer. PostgreSQL tells the
 * other processes (`webhooks_changed`).
 */
import { Inject, Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { AuditLog } from '../audit/audit-log.ts';
import { SETTINGS } from '../config/config.module.ts';
import type { Origin } from '../model/actor.ts';
import { validate } from '../rest/validate.ts';
import { fromCursor, toCursor } from '../rest/cursor.ts';
import { auditedChanges } from './audited-changes.ts';
import { readTags, requireMatch } from './entity-tag.ts';
import { mergePatch } from './merge-patch.ts';
import { WebhookChanges } from './webhook-changes.ts';
import { WebhookStarts, type Start } from './webhook-starts.ts';
import {
  listQuery,
  toDocument,
  toView,
  WebhookBodies,
  type WebhookPage,
  type WebhookValues,
} from './webhook.dto.ts';
import { SecretBox } from '../secrets/secret-box.ts';
import { WebhookEntity } from './webhook.entity.ts';
import { knownId } from './webhook-id.ts';
import { refuseStart, startChange } from './start-from.ts';
import { isSerializationFault, lockRow, orNotFound, refusingDuplicates } from './webhook-rows.ts';
import {
  newSigningSecret,
  openSigningSecrets,
  place,
  rotated,
  sealHeaders,
  sealSigningSecrets,
} from '../secrets/webhook-secrets.ts';
import type { WebhooksSettings } from './webhooks.settings.ts';
import { withState, withStates, type StatedWebhook } from './webhook-state.ts';

const MAX_TRIES = 5;

const NOT_DISABLED = { disabledReason: null, disabledCode: null, disabledAt: null };

@Injectable()
export class WebhooksService {
  readonly #bodies: WebhookBodies;

  constructor(
    @Inject(SETTINGS) settings: WebhooksSettings,
    @InjectRepository(WebhookEntity) private readonly rows: Repository<WebhookEntity>,
    private readonly changes: WebhookChanges,
    private readonly starts: WebhookStarts,
    private readonly audit: AuditLog,
    private readonly box: SecretBox,
  ) {
    this.#bodies = new WebhookBodies(settings);
  }

  /** One page of the webhooks that match the query, in the order of creation. */
  async list(query: unknown): Promise<WebhookPage> {
    const { search, enabled, status, trigger, limit, cursor } = validate(listQuery, query);
    const select = this.rows
      .createQueryBuilder('webhook')
      .orderBy('webhook.id')
      .limit(limit + 1);
    if (cursor !== undefined) select.andWhere('webhook.id > :after', { after: fromCursor(cursor) });
    if (enabled !== undefined) select.andWhere('webhook.enabled = :enabled', { enabled: enabled === 'true' });
    if (status !== undefined) {
      select.andWhere(
        'webhook.id IN (SELECT s.webhook_id FROM webhook_states s WHERE s.status = ANY (:status))',
        { status },
      );
    }
    if (trigger !== undefined) select.andWhere(':trigger = ANY (webhook.triggers)', { trigger });
    if (search !== undefined) {
      select.andWhere('(webhook.url ILIKE :pattern OR webhook.description ILIKE :pattern)', {
        pattern: likePattern(search),
      });
    }
    const rows = await select.getMany();
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    const stated = await withStates(this.rows.manager, page);
    return { data: stated.map(toView), next_cursor: last ? toCursor(last.id) : null };
  }

  async read(id: string): Promise<StatedWebhook> {
    return withState(this.rows.manager, await this.#row(id));
  }

  /** @returns the webhook and its signing secret, which is shown only this once. */
  async create(origin: Origin, body: unknown): Promise<StatedWebhook & { signingSecret: string }> {
    const { startFrom, ...values } = validate(this.#bodies.input, body);
    refuseStart(startFrom, { enables: values.enabled });
    const start = await this.starts.find(startFrom);
    const id = uuidv7();
    const signingSecret = newSigningSecret();
    const row = this.rows.create({
      ...values,
      ...this.#sealed(values, { id, secretToken: null, headers: {} }),
      signingSecrets: sealSigningSecrets(this.box, id, [signingSecret]),
      ...NOT_DISABLED,
      id,
    });
    await this.#transaction(async (manager) => {
      await refusingDuplicates(row.url, () => manager.insert(WebhookEntity, row));
      if (start) await this.starts.begin(manager, row.id, origin.actor.name, start);
      const changes = { ...auditedChanges(null, row), ...startChange(startFrom) };
      await this.audit.record(manager, origin, { action: 'webhook.created', webhookId: row.id, changes });
    });
    await this.changes.announce(row.id);
    return { ...(await withState(this.rows.manager, row)), signingSecret: signingSecret.secret };
  }

  /** Replaces everything. Only a secret token that is left out is kept. */
  async replace(
    origin: Origin,
    id: string,
    ifMatch: string | undefined,
    body: unknown,
  ): Promise<StatedWebhook> {
    const values = validate(this.#bodies.input, body);
    return this.#change(origin, id, ifMatch, () => values);
  }

  async patch(
    origin: Origin,
    id: string,
    ifMatch: string | undefined,
    body: unknown,
  ): Promise<StatedWebhook> {
    const patch = validate(this.#bodies.patch, body);
    const schema = patch.url === undefined ? this.#bodies.inputAtStoredUrl : this.#bodies.input;
    return this.#change(origin, id, ifMatch, (row) => validate(schema, mergePatch(toDocument(row), patch)));
  }

  /** @returns the new secret. Requests are also signed with the replaced ones until these expire. */
  async rotateSigningSecret(origin: Origin, id: string): Promise<string> {
    const { secret, webhookId } = await this.#transaction(async (manager) => {
      const row = await lockRow(manager, id);
      const before = row.signingSecrets === null ? null : openSigningSecrets(this.box, row);
      const after = before ? rotated(before, Date.now()) : ([newSigningSecret()] as const);
      row.signingSecrets = sealSigningSecrets(this.box, row.id, after);
      await manager.save(row);
      await this.audit.record(manager, origin, {
        action: 'webhook.signing_secret_rotated',
        webhookId: row.id,
        changes: { signing_secret: 'changed' },
      });
      return { secret: after[0].secret, webhookId: row.id };
    });
    await this.changes.announce(webhookId);
    return secret;
  }

  async remove(origin: Origin, id: string, ifMatch: string | undefined): Promise<void> {
    readTags(ifMatch);
    const webhookId = await this.#transaction(async (manager) => {
      const row = await lockRow(manager, id);
      requireMatch(ifMatch, row.version);
      await manager.delete(WebhookEntity, { id: row.id });
      const changes = auditedChanges(row, null);
      await this.audit.record(manager, origin, { action: 'webhook.deleted', webhookId: row.id, changes });
      return row.id;
    });
    await this.changes.announce(webhookId);
  }

  /** If two transactions wait for each other, PostgreSQL ends one of them. That one is tried again here. */
  async #transaction<Result>(work: (manager: EntityManager) => Promise<Result>): Promise<Result> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.rows.manager.transaction(work);
      } catch (error) {
        if (tries === MAX_TRIES || !isSerializationFault(error)) throw error;
      }
    }
  }

  /** The secret columns to store: a new value is sealed, a kept one is taken from the row. */
  #sealed(
    { secretToken, headers }: Pick<WebhookValues, 'secretToken' | 'headers'>,
    row: Pick<WebhookEntity, 'id' | 'secretToken' | 'headers'>,
  ): Pick<WebhookEntity, 'secretToken' | 'headers'> {
    const sealToken = (token: string | null): string | null =>
      token === null ? null : this.box.seal(token, place.secretToken(row.id));
    return {
      secretToken: secretToken === undefined ? row.secretToken : sealToken(secretToken),
      headers: sealHeaders(this.box, row.id, headers, row.headers),
    };
  }

  /**
   * Drops the older events that it had to get from the log before it was disabled. A new `start_from` asks for them
   * again.
   */
  async #catchUp(
    manager: EntityManager,
    change: { origin: Origin; before: WebhookEntity; saved: WebhookEntity; start: Start | null },
  ): Promise<void> {
    const { origin, before, saved, start } = change;
    if (saved.enabled && !before.enabled) await this.starts.drop(manager, saved.id);
    if (start) await this.starts.begin(manager, saved.id, origin.actor.name, start);
    else if (before.paused && !saved.paused) await this.starts.resume(manager, saved.id, origin.actor.name);
  }

  async #row(id: string): Promise<WebhookEntity> {
    return orNotFound(id, await this.rows.findOneBy({ id: knownId(id) }));
  }

  async #change(
    origin: Origin,
    id: string,
    ifMatch: string | undefined,
    valuesFor: (row: WebhookEntity) => WebhookValues,
  ): Promise<StatedWebhook> {
    readTags(ifMatch);
    // Kafka is asked before the row is locked.
    const start = await this.starts.find(valuesFor(await this.#row(id)).startFrom);
    const changed = await this.#transaction(async (manager) => {
      const row = await lockRow(manager, id);
      requireMatch(ifMatch, row.version);
      const before = this.rows.create(row);
      const { startFrom, ...values } = valuesFor(row);
      refuseStart(startFrom, { enables: values.enabled && !before.enabled });
      // The trigger `webhook_enabled` does the same for somebody who enables it in the database.
      Object.assign(row, values, this.#sealed(values, row), values.enabled && NOT_DISABLED);
      const saved = await refusingDuplicates(row.url, () => manager.save(row));
      await this.#catchUp(manager, { origin, before, saved, start });
      const changes = { ...auditedChanges(before, saved), ...startChange(startFrom) };
      if (Object.keys(changes).length > 0)
        await this.audit.record(manager, origin, { action: 'webhook.updated', webhookId: row.id, changes });
      return saved;
    });
    await this.changes.announce(changed.id);
    return withState(this.rows.manager, changed);
  }
}

/** The LIKE pattern for texts that contain this one. Wildcards in it are taken as plain characters. */
function likePattern(text: string): string {
  return `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`;
}
