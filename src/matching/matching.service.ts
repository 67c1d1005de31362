/**
 * Which webhooks an event is for, without a query per event: the enabled webhooks are kept in memory.
 *
 * Fresh by three means: a write through this process' REST is taken in before its answer is sent, and with it all that
 * was written before; the database names the webhooks that anybody changes; and a periodic look at the table's fingerprint
 * finds whatever a lost notification left out. Only what changed is loaded, in lots, so that nothing stands still.
 * While the database is away what is known goes on being used; so does a webhook as it was while its secrets cannot be
 * decrypted. One that never was usable is matched and not found, and at start it is a fault.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { validate as isUuid } from 'uuid';
import { SETTINGS } from '../config/config.module.ts';
import type { DatabaseSettings } from '../config/database.settings.ts';
import type { Trigger } from '../model/trigger.ts';
import type { UnusableWebhook, Webhook } from '../model/webhook.ts';
import { WebhookChanges } from '../webhooks/webhook-changes.ts';
import { WebhookLoader } from '../webhooks/webhook-loader.ts';
import { ChangeListener } from './change-listener.ts';
import { KnownWebhooks, type WebhookChange } from './known-webhooks.ts';
import { oneAtATime } from './one-at-a-time.ts';
import type { MatchedWebhook } from './webhook-index.ts';

const CHECK_INTERVAL_MS = 5_000;
/** A change of this process is heard of before it is known that it was written: it loads what is named, and once. */
const OWN_CHANGE_WITHIN_MS = 10;
/** Opened at once, some milliseconds' work; and compared at once. */
const LOT = { loaded: 100, compared: 1_000 };

@Injectable()
export class MatchingService {
  readonly #logger = new Logger(MatchingService.name);
  readonly #listener: ChangeListener;
  readonly #known = new KnownWebhooks();
  /** Ids of webhooks that are to be loaded. */
  readonly #asked = new Set<string>();
  readonly #loadAsked = oneAtATime(() => this.#load());
  readonly #check = oneAtATime(() => this.#compare());
  /** Changes of this process that wait for their own notification. */
  #expected = 0;
  #timer: NodeJS.Timeout | null = null;
  #soon: NodeJS.Timeout | null = null;
  #fresh = false;
  readonly #listeners: ((changes: readonly WebhookChange[]) => void)[] = [];

  constructor(
    private readonly webhooks: WebhookLoader,
    private readonly changes: WebhookChanges,
    @Inject(SETTINGS) settings: DatabaseSettings,
  ) {
    this.#listener = new ChangeListener(settings.DATABASE_URL, (webhookId) => {
      this.#told(webhookId);
    });
  }

  /** Loads the webhooks and follows their changes. @throws where one cannot be used. */
  async start(): Promise<void> {
    await this.#check();
    const [unusable] = this.#known.unusable.values();
    if (unusable) throw unusable.fault;
    this.changes.onChange((webhookId) => this.#takeIn(webhookId));
    await this.#listener.start();
    this.#timer = setInterval(() => void this.#inBackground(this.#check), CHECK_INTERVAL_MS);
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    if (this.#soon) clearTimeout(this.#soon);
    await this.#listener.close();
  }

  /** Why what is in memory may not be what is stored; null while it is. */
  get trouble(): string | null {
    if (!this.#fresh) return 'the webhooks in memory may be out of date';
    const { size } = this.#known.unusable;
    if (size === 0) return null;
    return `secrets of ${size === 1 ? 'a webhook' : `${size} webhooks`} cannot be decrypted: see the log`;
  }

  /** Called with what is other now, whenever something is. */
  onChanged(listener: (changes: readonly WebhookChange[]) => void): void {
    this.#listeners.push(listener);
  }

  match(trigger: Trigger): readonly MatchedWebhook[] {
    return this.#known.index.match(trigger);
  }

  /** The webhook as it is now, the same object until it changes; null when it was deleted or disabled, or is unusable. */
  find(webhookId: string): Webhook | null {
    return this.#known.index.find(webhookId);
  }

  /** Whether it is there and enabled, usable or not. */
  isEnabled(webhookId: string): boolean {
    return this.#known.index.isEnabled(webhookId);
  }

  /** A change of this process: loaded once, with what its own notification and those before it name. */
  async #takeIn(webhookId: string): Promise<void> {
    this.#expected += 1;
    try {
      await this.#listener.caughtUp();
    } finally {
      this.#expected -= 1;
    }
    this.#asked.add(webhookId);
    await this.#loadAsked();
  }

  #told(webhookId: string): void {
    if (!isUuid(webhookId)) {
      void this.#inBackground(this.#check);
      return;
    }
    this.#asked.add(webhookId);
    this.#soon ??= setTimeout(() => {
      this.#soon = null;
      if (this.#expected === 0) void this.#inBackground(this.#loadAsked);
    }, OWN_CHANGE_WITHIN_MS);
  }

  async #load(): Promise<void> {
    while (this.#asked.size > 0) {
      const lot = [...this.#asked].slice(0, LOT.loaded);
      for (const id of lot) this.#asked.delete(id);
      try {
        const { changes, broken } = this.#known.take(await this.webhooks.news(lot, this.#known.stamps));
        this.#logBroken(broken);
        if (changes.length > 0) this.#tell(changes);
      } catch (error) {
        for (const id of lot) this.#asked.add(id);
        this.#fresh = false;
        throw error;
      }
    }
  }

  async #compare(): Promise<void> {
    await this.#listener.caughtUp();
    await this.#loadAsked();
    if ((await this.webhooks.fingerprint()) !== this.#known.fingerprint) await this.#compareAll();
    this.#fresh = true;
  }

  /** What differs, and what is not there any more, is asked for; so whatever changes meanwhile, the last word is right. */
  async #compareAll(): Promise<void> {
    const missing = new Set(this.#known.stamps.keys());
    for (let after: string | null = null; ;) {
      const lot = await this.webhooks.stamps(after, LOT.compared);
      for (const { id, stamp } of lot) {
        missing.delete(id);
        if (this.#known.stamps.get(id) !== stamp) this.#asked.add(id);
      }
      await this.#loadAsked();
      const last = lot.at(-1);
      if (!last || lot.length < LOT.compared) break;
      after = last.id;
    }
    for (const id of missing) this.#asked.add(id);
    await this.#loadAsked();
  }

  #tell(changes: readonly WebhookChange[]): void {
    for (const listener of this.#listeners) listener(changes);
    this.#logger.debug({ changed: changes.length, webhooks: this.#known.index.size }, 'webhooks loaded');
  }

  #logBroken(broken: readonly UnusableWebhook[]): void {
    for (const { id, fault } of broken) {
      const instead = this.find(id) ? 'it goes on as it was' : 'its events wait in PostgreSQL';
      this.#logger.error({ webhookId: id, why: fault.message }, `a webhook cannot be loaded: ${instead}`);
    }
  }

  async #inBackground(refresh: () => Promise<void>): Promise<void> {
    try {
      await refresh();
    } catch (error) {
      this.#fresh = false;
      this.#logger.warn({ err: error }, 'webhooks could not be loaded; the last ones known go on being used');
    }
  }
}
