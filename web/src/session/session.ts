/**
 * Whose session this is. A token lives in memory and in the tab's session storage: it is gone with the tab, and no other
 * tab or later visitor finds it. Who signed in at the identity provider has a cookie instead, which no script can read; the
 * tabs of a browser share it. A session ends by itself when nobody has used the page for a while, when its time is over, or
 * when the service refuses the token.
 */
import { useSyncExternalStore } from 'react';
import { endSession as forgetCookie } from '../api/generated/sdk.gen';

const STORED_AS = 'user-webhooks.token';
const USED_AT_STORED_AS = 'user-webhooks.used-at';
const IDLE_LIMIT_MS = 60 * 60_000;
const NOTED_EVERY_MS = 10_000;

/** Why there is no session any more. */
export type SessionEnd = 'signed_out' | 'idle' | 'refused' | 'expired';

/** A token, or that there is a cookie. */
export type Credential = { readonly token: string } | 'cookie';

interface State {
  readonly credential: Credential | null;
  readonly end: SessionEnd | null;
}

const stored = sessionStorage.getItem(STORED_AS);
let state: State = { credential: stored === null ? null : { token: stored }, end: null };
let idleTimer = 0;
let notedAt = 0;
let bySigningIn = false;
const listeners = new Set<() => void>();

export function credential(): Credential | null {
  return state.credential;
}

/** @param here whether by the form of this page. */
export function beginSession(by: Credential, here = false): void {
  bySigningIn = here;
  if (by !== 'cookie') sessionStorage.setItem(STORED_AS, by.token);
  change({ credential: by, end: null });
}

export function endSession(end: SessionEnd): void {
  sessionStorage.removeItem(STORED_AS);
  const byCookie = state.credential === 'cookie';
  change({ credential: null, end });
  // Without an answer it ends at its time, which is all that can be done.
  if (byCookie && end !== 'expired') void forgetCookie({ throwOnError: false });
}

/** Whether this session began by the form of this page, which had the focus and is gone. */
export function cameBySigningIn(): boolean {
  return bySigningIn;
}

export function useSessionState(): State {
  return useSyncExternalStore(subscribe, () => state);
}

/**
 * Counts what a person does, in any tab, as tabs share a cookie; the page's own refreshing does not keep a session alive.
 */
export function watchForIdleness(): void {
  const wait = (ms: number): void => {
    clearTimeout(idleTimer);
    idleTimer = window.setTimeout(() => {
      const left = Number(localStorage.getItem(USED_AT_STORED_AS)) + IDLE_LIMIT_MS - Date.now();
      if (left > 0) wait(left);
      else if (state.credential !== null) endSession('idle');
    }, ms);
  };
  const used = (): void => {
    const now = Date.now();
    if (now - notedAt > NOTED_EVERY_MS) localStorage.setItem(USED_AT_STORED_AS, String((notedAt = now)));
    wait(IDLE_LIMIT_MS);
  };
  for (const event of ['pointerdown', 'keydown', 'focus']) window.addEventListener(event, used, true);
  used();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function change(next: State): void {
  state = next;
  for (const listener of listeners) listener();
}
