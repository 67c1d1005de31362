/** A webhook as the stages of the pipeline see it: where to deliver, what, and within which limits. */
import type { SigningSecrets } from './signing-keys.ts';
import type { Trigger } from './trigger.ts';

export const METHODS = ['GET', 'POST', 'PUT'] as const;
export type Method = (typeof METHODS)[number];

/** `per_user`: a user's events arrive in order. `none`: each delivery goes its own way. */
export const ORDERINGS = ['per_user', 'none'] as const;
export type Ordering = (typeof ORDERINGS)[number];

export interface Webhook {
  readonly id: string;
  readonly url: string;
  readonly secretToken: string | null;
  /** Every request is signed with the current one, and with those before it until they expire. */
  readonly signingSecrets: SigningSecrets;
  /** `whsk_…`: each request is signed with it as well; null where nobody asked for that. */
  readonly ed25519Key: string | null;
  readonly triggers: readonly Trigger[];
  readonly enabled: boolean;
  readonly method: Method;
  readonly ordering: Ordering;
  /** Custom headers; they never override those of the service. */
  readonly headers: Readonly<Record<string, string>>;
  /** PEM: the only certificate authorities that are trusted with it; null: Node's list. */
  readonly caCertificates: string | null;
  /** Overrides `REQUEST_TIMEOUT`. */
  readonly timeoutMs: number | null;
  /** Overrides `MAX_IN_FLIGHT_PER_WEBHOOK`. */
  readonly maxInFlight: number | null;
  /** Requests started per second, at most; null: no limit. Each instance of the service counts for itself. */
  readonly rateLimitPerSecond: number | null;
  /** Milliseconds between the attempts of a delivery; overrides `RETRY_SCHEDULE`. */
  readonly retryScheduleMs: readonly number[] | null;
}

/** An enabled webhook of which a secret cannot be read: nothing can be sent to it until that is mended. */
export interface UnusableWebhook extends Pick<Webhook, 'id' | 'triggers' | 'ordering'> {
  readonly fault: Error;
}
