/**
 * Keeps the index of the enabled webhooks up to date, in memory. So no event needs a query.
 *
 * Three things do this. A change through the REST API of this process is taken in before it is answered, with
 * all earlier changes. PostgreSQL notifies of the webhooks that anybody changes. And every few seconds the fingerprint of
 * the table is compared, which finds changes whose notification was lost. Only what changed is loaded, in lots.
 *
 * While PostgreSQL is away, the webhooks loaded last stay in use. So does a webhook whose secrets cannot be decrypted any
 * more. If they never could be, it is matched but not found; at start this is a fault.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { validate as isUuid } from 'uuid';
import { SETTINGS } from '../config/config.module.ts';
import type { DatabaseSettings } from '../config/database.settings.ts';
import { ThrottledWarning } from '../logging/throttled-warning.ts';
import type { UnusableWebhook } from '../model/webhook.ts';
import { WebhookChanges } from '../webhooks/webhook-changes.ts';
import { WebhookLoader } from '../webhooks/webhook-loader.ts';
import { ChangeListener } from './change-listener.ts';
import { KnownWebhooks, type WebhookChange } from './known-webhooks.ts';
import { oneAtATime } from './one-at-a-time.ts';
import type { WebhookIndex } from './webhook-index.ts';

const CHECK_INTERVAL_MS = 5_000;
/**
 * How long a notification waits before it causes a load. A change of this process is notified before REST announces it.
 * The wait lets the announcement do the loading, so that the webhook is loaded only once.
 */
const OWN_CHANGE_WITHIN_MS = 10;
/** How many webhooks are opened in one go, which takes some milliseconds, and how many stamps are compared in one go. */
const LOT = { loaded: 100, compared: 1_000 };

@Injectable()
export class MatchingService {
  readonly #logger = new Logger(MatchingService.name);
  readonly #unloaded = new ThrottledWarning(
    this.#logger,
    'webhooks could not be loaded; those loaded last stay in use',
  );
  readonly #listener: ChangeListener;
  readonly #known = new KnownWebhooks();
  /** Ids of the webhooks that must be loaded. */
  readonly #toLoad = new Set<string>();
  readonly #load = oneAtATime(() => this.#loadLots());
  readonly #check = oneAtATime(() => this.#compare());
  /** How many changes of this process wait until their own notification was heard. */
  #ownChanges = 0;
  #checkTimer: NodeJS.Timeout | null = null;
  #loadTimer: NodeJS.Timeout | null = null;
  #upToDate = false;
  readonly #notified: (() => void)[] = [];
  readonly #listeners: ((changes: readonly WebhookChange[]) => void)[] = [];

  constructor(
    private readonly webhooks: WebhookLoader,
    private readonly changes: WebhookChanges,
    @Inject(SETTINGS) settings: DatabaseSettings,
  ) {
    this.#listener = new ChangeListener(settings.DATABASE_URL, (webhookId) => {
      this.#onNotification(webhookId);
    });
  }

  /** Loads the webhooks and follows their changes. @throws if the secrets of one cannot be decrypted. */
  async start(): Promise<void> {
    await this.#check();
    const [unusable] = this.#known.unusable.values();
    if (unusable) throw unusable.fault;
    this.changes.onChange((webhookId) => this.#takeInOwnChange(webhookId));
    await this.#listener.start();
    this.#checkTimer = setInterval(() => void this.#inBackground(this.#check), CHECK_INTERVAL_MS);
  }

  async stop(): Promise<void> {
    if (this.#checkTimer) clearInterval(this.#checkTimer);
    if (this.#loadTimer) clearTimeout(this.#loadTimer);
    await this.#listener.close();
  }

  /** Always the same object, which knows the webhooks as they are now. */
  get index(): WebhookIndex {
    return this.#known.index;
  }

  /** Why the webhooks in memory may differ from those in the database; null if they do not. */
  get trouble(): string | null {
    if (!this.#upToDate) return 'the webhooks in memory may be out of date';
    const { size } = this.#known.unusable;
    if (size === 0) return null;
    return `secrets of ${size === 1 ? 'a webhook' : `${size} webhooks`} cannot be decrypted: see the log`;
  }

  /** The ids of webhooks that are enabled and cannot be used, as their secrets cannot be decrypted. */
  get unreadable(): string[] {
    return [...this.#known.unusable.keys()];
  }

  /** The listener is called after every change of the webhooks in memory. */
  onChanged(listener: (changes: readonly WebhookChange[]) => void): void {
    this.#listeners.push(listener);
  }

  /** The listener is called when anybody says in PostgreSQL that something about a webhook is new. */
  onNotified(listener: () => void): void {
    this.#notified.push(listener);
  }

  /** Loads a webhook that this process has changed, with all that was notified up to then. */
  async #takeInOwnChange(webhookId: string): Promise<void> {
    this.#ownChanges += 1;
    try {
      await this.#listener.caughtUp();
    } finally {
      this.#ownChanges -= 1;
    }
    this.#toLoad.add(webhookId);
    await this.#load();
  }

  #onNotification(webhookId: string): void {
    for (const listener of this.#notified) listener();
    if (!isUuid(webhookId)) {
      void this.#inBackground(this.#check);
      return;
    }
    this.#toLoad.add(webhookId);
    this.#loadTimer ??= setTimeout(() => {
      this.#loadTimer = null;
      if (this.#ownChanges === 0) void this.#inBackground(this.#load);
    }, OWN_CHANGE_WITHIN_MS);
  }

  async #loadLots(): Promise<void> {
    while (this.#toLoad.size > 0) {
      const lot = [...this.#toLoad].slice(0, LOT.loaded);
      for (const id of lot) this.#toLoad.delete(id);
      try {
        const { changes, broken } = this.#known.take(await this.webhooks.news(lot, this.#known.stamps));
        this.#logBroken(broken);
        if (changes.length > 0) this.#tell(changes);
      } catch (error) {
        for (const id of lot) this.#toLoad.add(id);
        this.#upToDate = false;
        throw error;
      }
    }
  }

  async #compare(): Promise<void> {
    await this.#listener.caughtUp();
    await this.#load();
    if ((await this.webhooks.fingerprint()) !== this.#known.fingerprint) await this.#compareAll();
    this.#upToDate = true;
  }

  /**
   * Loads every webhook whose stamp differs, or whose row is gone. It reads the row again and does not rely on the stamp,
   * so it is right even if the webhook changes meanwhile.
   */
  async #compareAll(): Promise<void> {
    const missing = new Set(this.#known.stamps.keys());
    for (let after: string | null = null; ;) {
      const lot = await this.webhooks.stamps(after, LOT.compared);
      for (const { id, stamp } of lot) {
        missing.delete(id);
        if (this.#known.stamps.get(id) !== stamp) this.#toLoad.add(id);
      }
      await this.#load();
      const last = lot.at(-1);
      if (!last || lot.length < LOT.compared) break;
      after = last.id;
    }
    for (const id of missing) this.#toLoad.add(id);
    await this.#load();
  }

  #tell(changes: readonly WebhookChange[]): void {
    for (const listener of this.#listeners) listener(changes);
    this.#logger.debug({ changed: changes.length, webhooks: this.index.size }, 'webhooks loaded');
  }

  #logBroken(broken: readonly UnusableWebhook[]): void {
    for (const { id, fault } of broken) {
      const instead = this.index.find(id)
        ? 'the version loaded before stays in use'
        : 'its deliveries wait in PostgreSQL';
      this.#logger.error({ webhookId: id, why: fault.message }, `a webhook cannot be loaded: ${instead}`);
    }
  }

  async #inBackground(refresh: () => Promise<void>): Promise<void> {
    try {
      await refresh();
    } catch (error) {
      this.#upToDate = false;
      this.#unloaded.say(error);
    }
  }
}
