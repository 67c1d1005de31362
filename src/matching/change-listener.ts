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
/** It is told nothing for hours, so silence alone says nothing: it asks. */
const ASK_EVERY_MS = 5_000;
const ANSWER_WITHIN_MS = 5_000;

export class ChangeListener {
  readonly #logger = new Logger(ChangeListener.name);
  #client: Client | null = null;
  #delayMs = RECONNECT_DELAY_MS.first;
  #timer: NodeJS.Timeout | null = null;
  #asking: NodeJS.Timeout | null = null;
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
      connectionTimeoutMillis: ANSWER_WITHIN_MS,
      query_timeout: ANSWER_WITHIN_MS,
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
      this.#askAgain(client);
      this.onChange();
    } catch (error) {
      this.#lost(client, error);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer) clearTimeout(this.#timer);
    if (this.#asking) clearTimeout(this.#asking);
    await this.#client?.end();
  }

  /** Whether somebody is there, and whether it is the primary, as nobody else has something to tell. */
  #askAgain(client: Client): void {
    this.#asking = setTimeout(() => {
      client.query<{ transaction_read_only: string }>('SHOW transaction_read_only').then(
        ({ rows: [row] }) => {
          if (this.#closed || this.#client !== client) return;
          if (row?.transaction_read_only === 'off') this.#askAgain(client);
          else this.#lost(client, new Error('the session is read-only: its server is the primary no more'));
        },
        (error: unknown) => {
          this.#lost(client, error);
        },
      );
    }, ASK_EVERY_MS);
  }

  #lost(client: Client, error: unknown): void {
    if (this.#closed || this.#client !== client) return;
    this.#client = null;
    if (this.#asking) clearTimeout(this.#asking);
    this.#logger.warn(
      { err: error, inMs: this.#delayMs },
      'not told of webhook changes any more, reconnecting',
    );
    client.end().catch(() => undefined);
    client.connection.stream.destroy();
    this.#timer = setTimeout(() => void this.start(), this.#delayMs);
    this.#delayMs = Math.min(this.#delayMs * 2, RECONNECT_DELAY_MS.most);
  }
}
