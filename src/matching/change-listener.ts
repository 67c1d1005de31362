/**
 * Listens to the database's word of which webhooks changed, on a connection of its own (LISTEN belongs to a session, so
 * neither a pool nor a transaction-mode pooler will do). Notifications sent while it was away are lost: after each
 * connect it says once that any may have changed, as the database does after a change of many.
 *
 * PostgreSQL hands over what was notified before it answers the next query. So a question tells when all that was said
 * before it has been heard, and finds a connection that is silent because it is dead.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Client } from 'pg';
import { databaseConnection, type DatabaseConnection } from '../config/database-url.ts';
import { oneAtATime } from './one-at-a-time.ts';

const CHANNEL = 'webhooks_changed';
const RECONNECT_DELAY_MS = { first: 500, most: 10_000 };
const CONNECT_TIMEOUT_MS = 5_000;
const ANSWER_TIMEOUT_MS = 2_000;
const CLOSE_TIMEOUT_MS = 1_000;

export class ChangeListener {
  /** Resolves when all that was notified before the call has been told; at once while the connection is away. */
  readonly caughtUp = oneAtATime(() => this.#ask());
  readonly #logger = new Logger(ChangeListener.name);
  #client: Client | null = null;
  #listening = false;
  #delayMs = RECONNECT_DELAY_MS.first;
  #timer: NodeJS.Timeout | null = null;
  #closed = false;

  readonly #connection: DatabaseConnection;

  /** @param onChange with the id of a webhook, or nothing: then any may have changed. */
  constructor(
    databaseUrl: string,
    private readonly onChange: (webhookId: string) => void,
  ) {
    this.#connection = databaseConnection(databaseUrl);
  }

  async start(): Promise<void> {
    const client = new Client({
      ...this.#connection,
      application_name: 'user-webhooks listener',
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: CONNECT_TIMEOUT_MS,
    });
    client.on('notification', ({ payload }) => {
      this.onChange(payload ?? '');
    });
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
      this.#listening = true;
      this.#delayMs = RECONNECT_DELAY_MS.first;
      this.onChange('');
    } catch (error) {
      this.#lost(client, error);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer) clearTimeout(this.#timer);
    // One that is silent would not end either; the end of the process does it.
    await Promise.race([this.#client?.end(), pause(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
  }

  async #ask(): Promise<void> {
    const client = this.#client;
    if (!client || !this.#listening) return;
    const timer = setTimeout(() => {
      this.#lost(client, new Error(`no answer within ${ANSWER_TIMEOUT_MS} ms`));
    }, ANSWER_TIMEOUT_MS);
    try {
      const { rows } = await client.query<{ transaction_read_only: string }>('SHOW transaction_read_only');
      if (rows[0]?.transaction_read_only !== 'off') {
        this.#lost(client, new Error('the session is read-only: its server is the primary no more'));
      }
    } catch (error) {
      this.#lost(client, error);
    } finally {
      clearTimeout(timer);
    }
  }

  #lost(client: Client, error: unknown): void {
    if (this.#closed || this.#client !== client) return;
    this.#client = null;
    this.#listening = false;
    this.#logger.warn(
      { err: error, inMs: this.#delayMs },
      'not told of webhook changes any more, reconnecting',
    );
    client.end().catch(() => undefined);
    this.#timer = setTimeout(() => void this.start(), this.#delayMs);
    this.#delayMs = Math.min(this.#delayMs * 2, RECONNECT_DELAY_MS.most);
  }
}
