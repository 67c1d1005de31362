/**
 * Which webhooks an event is for, without a query per event: the enabled webhooks are kept in memory.
 *
 * Fresh by three means: a write through this process' REST reloads before its answer is sent; the database notifies of
 * everybody's writes; and a periodic look at the table's fingerprint finds whatever a lost notification left out.
 * While the database is away the last snapshot goes on being used; so does a webhook as it was in it while its secrets
 * cannot be decrypted. One that was in none is unusable: it is matched and not found, and at start it is a fault.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { SETTINGS } from '../config/config.module.ts';
import type { DatabaseSettings } from '../config/database.settings.ts';
import type { Trigger } from '../model/trigger.ts';
import type { UnusableWebhook, Webhook } from '../model/webhook.ts';
import { WebhookChanges } from '../webhooks/webhook-changes.ts';
import { WebhookLoader } from '../webhooks/webhook-loader.ts';
import { ChangeListener } from './change-listener.ts';
import { WebhookSnapshot, type MatchedWebhook } from './webhook-snapshot.ts';

const CHECK_INTERVAL_MS = 5_000;

@Injectable()
export class MatchingService {
  readonly #logger = new Logger(MatchingService.name);
  readonly #listener: ChangeListener;
  #snapshot = new WebhookSnapshot([]);
  /** As stored: also those that go on as they were. */
  #unusable: readonly UnusableWebhook[] = [];
  #fingerprint = '';
  #running: Promise<void> | null = null;
  #next: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #fresh = false;
  #checking = false;
  readonly #listeners: ((current: WebhookSnapshot, before: WebhookSnapshot) => void)[] = [];

  constructor(
    private readonly webhooks: WebhookLoader,
    private readonly changes: WebhookChanges,
    @Inject(SETTINGS) settings: DatabaseSettings,
  ) {
    this.#listener = new ChangeListener(settings.DATABASE_URL, () => void this.#reloadInBackground());
  }

  /** Loads the webhooks and follows their changes. @throws where one cannot be used. */
  async start(): Promise<void> {
    await this.reload();
    if (this.#unusable[0]) throw this.#unusable[0].fault;
    this.changes.onChange(() => this.reload());
    await this.#listener.start();
    this.#timer = setInterval(() => void this.#check(), CHECK_INTERVAL_MS);
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await this.#listener.close();
  }

  /** Why what is in memory may not be what is stored; null while it is. */
  get trouble(): string | null {
    if (!this.#fresh) return 'the webhooks in memory may be out of date';
    const { length } = this.#unusable;
    if (length === 0) return null;
    return `secrets of ${length === 1 ? 'a webhook' : `${length} webhooks`} cannot be decrypted: see the log`;
  }

  /** Called with what is in use from now on and what was before, whenever webhooks were loaded. */
  onLoaded(listener: (current: WebhookSnapshot, before: WebhookSnapshot) => void): void {
    this.#listeners.push(listener);
  }

  match(trigger: Trigger): readonly MatchedWebhook[] {
    return this.#snapshot.match(trigger);
  }

  /** The webhook as it is now; null when it was deleted or disabled, or is unusable. */
  find(webhookId: string): Webhook | null {
    return this.#snapshot.find(webhookId);
  }

  /** Whether it is there and enabled, usable or not. */
  isEnabled(webhookId: string): boolean {
    return this.#snapshot.isEnabled(webhookId);
  }

  /** Resolves when a load that began after this call is in use. @throws when the database cannot be read. */
  async reload(): Promise<void> {
    if (!this.#running) {
      this.#running = this.#load().finally(() => {
        this.#running = null;
      });
      return this.#running;
    }
    // The running load may have read before the change; all who ask meanwhile share one more.
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = null;
        return this.reload();
      });
    return this.#next;
  }

  async #load(): Promise<void> {
    // The fingerprint is read first: a write between the two reads is then found by the next check, never missed.
    const fingerprint = await this.webhooks.fingerprint();
    const { usable, unusable } = await this.webhooks.loadEnabled();
    const before = this.#snapshot;
    const kept = unusable.map(({ id }) => before.find(id)).filter((webhook) => webhook !== null);
    const never = unusable.filter(({ id }) => before.find(id) === null);
    this.#snapshot = new WebhookSnapshot([...usable, ...kept], never);
    this.#logBroken(unusable);
    this.#unusable = unusable;
    for (const listener of this.#listeners) listener(this.#snapshot, before);
    this.#fingerprint = fingerprint;
    this.#fresh = true;
    this.#logger.debug({ webhooks: this.#snapshot.size }, 'webhooks loaded');
  }

  /** Once, and not with every load. */
  #logBroken(unusable: readonly UnusableWebhook[]): void {
    const known = new Set(this.#unusable.map(({ id, fault }) => `${id} ${fault.message}`));
    for (const { id, fault } of unusable) {
      if (known.has(`${id} ${fault.message}`)) continue;
      const instead = this.#snapshot.find(id) ? 'it goes on as it was' : 'its events wait in PostgreSQL';
      this.#logger.error({ webhookId: id, why: fault.message }, `a webhook cannot be loaded: ${instead}`);
    }
  }

  async #reloadInBackground(): Promise<void> {
    try {
      await this.reload();
    } catch (error) {
      this.#fresh = false;
      this.#logger.warn({ err: error }, 'webhooks could not be loaded; the last ones known go on being used');
    }
  }

  async #check(): Promise<void> {
    // While PostgreSQL hangs, checks would pile up.
    if (this.#checking) return;
    this.#checking = true;
    try {
      if ((await this.webhooks.fingerprint()) !== this.#fingerprint) await this.reload();
      this.#fresh = true;
    } catch (error) {
      this.#fresh = false;
      this.#logger.warn({ err: error }, 'webhooks could not be checked for changes');
    } finally {
      this.#checking = false;
    }
  }
}
