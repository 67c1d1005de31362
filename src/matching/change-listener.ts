/**
 * Listens to the database's word that webhooks changed, on a connection of its own (LISTEN belongs to a session, so
 * neither a pool nor a transaction-mode pooler will do). Notifications sent while it was away are lost: after each
 * connect it says "changed" once, so that the caller reloads.
 */
import { Logger } from '@nestjs/common';
import { Client } from 'pg';
import { databaseConnection, type DatabaseConnection } from '../config/database-url.ts';

const CHANNEL = 'webhooks_changed';
const RECONNECT_DELAY_MS = { first: 500, most: 10_000 };

export class ChangeListener {
  readonly #logger = new Logger(ChangeListener.name);
  #client: Client | null = null;
  #delayMs = RECONNECT_DELAY_MS.first;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  readonly #connection: DatabaseConnection;

  constructor(
    databaseUrl: string,
    private readonly onChange: () => void,
  ) {
    this.#connection = databaseConnection(databaseUrl);
  }

  async start(): Promise<void> {
    const client = new Client({
      ...this.#connection,
      application_name: 'user-webhooks listener',
      keepAlive: true,
    });
    client.on('notification', this.onChange);
    client.on('error', (error) => {
      this.#lost(client, error);
    });
    client.on('end', () => {
      this.#lost(client, new Error('the connection ended'));
    });
    this.#client = client;
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
      this.#delayMs = RECONNECT_DELAY_MS.first;
      this.onChange();
    } catch (error) {
      this.#lost(client, error);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#client?.end();
  }

  #lost(client: Client, error: unknown): void {
    if (this.#closed || this.#client !== client) return;
    this.#client = null;
    this.#logger.warn(
      { err: error, inMs: this.#delayMs },
      'not told of webhook changes any more, reconnecting',
    );
    client.end().catch(() => undefined);
    this.#timer = setTimeout(() => void this.start(), this.#delayMs);
    this.#delayMs = Math.min(this.#delayMs * 2, RECONNECT_DELAY_MS.most);
  }
}
