/** A webhook as the stages of the pipeline use it: where to deliver, which events, and within which limits. */
import type { SigningSecrets } from './signing-keys.ts';
import type { Trigger } from './trigger.ts';

export const METHODS = ['GET', 'POST', 'PUT'] as const;
export type Method = (typeof METHODS)[number];

/** `per_user`: the events of one user arrive in order. `none`: deliveries do not wait for each other. */
export const ORDERINGS = ['per_user', 'none'] as const;
export type Ordering = (typeof ORDERINGS)[number];

export interface Webhook {
  readonly id: string;
  readonly url: string;
  readonly secretToken: string | null;
  /** Every request is signed with the current secret, and with each replaced one until it expires. */
  readonly signingSecrets: SigningSecrets;
  /** `whsk_…`: every request is signed with it too. Null if the webhook does not ask for this. */
  readonly ed25519Key: string | null;
  readonly triggers: readonly Trigger[];
  readonly enabled: boolean;
  /** Nothing is sent; its events wait in the log. */
  readonly paused: boolean;
  readonly method: Method;
  readonly ordering: Ordering;
  /** Custom headers; they never override those of the service. */
  readonly headers: Readonly<Record<string, string>>;
  /** PEM of the only certificate authorities that are trusted for this webhook. Null: Node's own list. */
  readonly caCertificates: string | null;
  /** Overrides `REQUEST_TIMEOUT`. */
  readonly timeoutMs: number | null;
  /** Overrides `MAX_IN_FLIGHT_PER_WEBHOOK`. */
  readonly maxInFlight: number | null;
  /** The most requests that each instance of the service starts per second. Null: no limit. */
  readonly rateLimitPerSecond: number | null;
  /** Milliseconds between the attempts of a delivery; overrides `RETRY_SCHEDULE`. */
  readonly retryScheduleMs: readonly number[] | null;
}

/** An enabled webhook with a secret that cannot be read. Nothing can be sent to it until that is put right. */
export interface UnusableWebhook extends Pick<Webhook, 'id' | 'triggers' | 'ordering'> {
  readonly fault: Error;
}
