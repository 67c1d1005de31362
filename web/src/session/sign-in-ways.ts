/**
 * How people can sign in here, and whether this browser has a session already. Asked once. After an attempt at the identity
 * provider that failed, the service says why in the fragment of the address, which is taken out at once.
 */
import { readSignIn } from '../api/generated/sdk.gen';
import type { SignIn } from '../api/generated/types.gen';
import { beginSession, credential } from './session';

export const SIGN_IN_FAULTS = [
  'refused',
  'not_begun_here',
  'issuer_away',
  'issuer_fault',
  'without_role',
] as const;
export type SignInFault = (typeof SIGN_IN_FAULTS)[number];

const FRAGMENT = '#sign-in=';
const ASK_AGAIN_AFTER_MS = 10_000;

let asked: Promise<SignIn | null> | null = null;
let fault: SignInFault | null = null;

/** @returns null where the service does not answer. */
export function signInWays(): Promise<SignIn | null> {
  asked ??= readSignIn({ throwOnError: false }).then(({ data }) => {
    if (data === undefined) setTimeout(() => (asked = null), ASK_AGAIN_AFTER_MS);
    return data ?? null;
  });
  return asked;
}

/** A cookie cannot be seen from here, so the service says whether there is one. */
export async function resumeSession(): Promise<void> {
  if (credential() === null && (await signInWays())?.signed_in === true) beginSession('cookie');
}

export function takeFaultFromAddress(): void {
  const { hash, pathname, search } = window.location;
  if (!hash.startsWith(FRAGMENT)) return;
  window.history.replaceState(null, '', pathname + search);
  fault = SIGN_IN_FAULTS.find((one) => one === hash.slice(FRAGMENT.length)) ?? null;
}

/** Of the attempt from which this visit comes; null: it worked, or there was none. */
export function signInFault(): SignInFault | null {
  return fault;
}
