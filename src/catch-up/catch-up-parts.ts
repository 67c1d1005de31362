/** What catch-up needs of other rooms and of its own files. */
import type { WebhookIndex } from '../matching/webhook-index.ts';
import type { Backlog } from '../retries/backlog.ts';
import type { CursorStore } from './cursor-store.ts';
import type { Recovery } from './recover-run.ts';
import type { CursorParts } from './run.ts';

export interface CatchUpParts {
  readonly store: CursorStore;
  readonly webhooks: Pick<WebhookIndex, 'find' | 'known' | 'isEnabled' | 'paused'>;
  readonly cursors: Omit<CursorParts, 'find' | 'wake'>;
  readonly recovery: Recovery;
  readonly backlog: Pick<Backlog, 'looks' | 'forgetEmptied'>;
  /** Calls back when the present turn of the event loop has ended. */
  soon(callback: () => void): void;
  after(ms: number, callback: () => void): void;
}
