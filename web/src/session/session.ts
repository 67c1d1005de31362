/**
 * Whose session this is. The token lives in memory and in the tab's session storage: it is gone with the tab, and no other
 * tab or later visitor finds it. A session ends by itself when nobody has used the page for a while, when its token
 * expires, or when the service refuses the token.
 */
import { useSyncExternalStore } from 'react';

const STORED_AS = 'user-webhooks.token';
const IDLE_LIMIT_MS = 60 * 60_000;

/** Why there is no session any more. */
export type SessionEnd = 'signed_out' | 'idle' | 'refused';

interface State {
  readonly token: string | null;
  readonly end: SessionEnd | null;
}

let state: State = { token: sessionStorage.getItem(STORED_AS), end: null };
let idleTimer = 0;
const listeners = new Set<() => void>();

export function sessionToken(): string | null {
  return state.token;
}

export function beginSession(token: string): void {
  sessionStorage.setItem(STORED_AS, token);
  change({ token, end: null });
}

export function endSession(end: SessionEnd): void {
  sessionStorage.removeItem(STORED_AS);
  change({ token: null, end });
}

export function useSessionState(): State {
  return useSyncExternalStore(subscribe, () => state);
}

/** Counts what a person does; the page's own refreshing does not keep a session alive. */
export function watchForIdleness(): void {
  const restart = (): void => {
    clearTimeout(idleTimer);
    idleTimer = window.setTimeout(() => {
      if (state.token !== null) endSession('idle');
    }, IDLE_LIMIT_MS);
  };
  for (const event of ['pointerdown', 'keydown', 'focus']) window.addEventListener(event, restart, true);
  restart();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function change(next: State): void {
  state = next;
  for (const listener of listeners) listener();
}
