/**
 * A row of the table `webhooks`. The migrations make the table, and a test compares it with this class. Every column names
 * its type, because tests run without decorator metadata.
 */
import {
  Check,
  Column,
  CreateDateColumn,
  Entity,
  PrimaryColumn,
  Unique,
  UpdateDateColumn,
  VersionColumn,
} from 'typeorm';
import { durationMs } from '../config/duration.ts';
import type { Trigger } from '../model/trigger.ts';
import type { Method, Ordering, Webhook } from '../model/webhook.ts';

export const URL_KEY = 'webhooks_url_key';

/** Why the service disables a webhook: its receiver answered 410 Gone, or every delivery failed for days. */
export const DISABLED_CODES = ['receiver_gone', 'only_failing'] as const;
export type DisabledCode = (typeof DISABLED_CODES)[number];

@Entity('webhooks')
@Unique(URL_KEY, ['url'])
@Check(
  'webhooks_triggers_check',
  `cardinality(triggers) > 0 AND triggers <@ '{user_created,user_modified,user_deleted,user_keys}'::text[]`,
)
@Check('webhooks_method_check', `method IN ('GET', 'POST', 'PUT')`)
@Check('webhooks_ordering_check', `ordering IN ('per_user', 'none')`)
@Check('webhooks_headers_check', `jsonb_typeof(headers) = 'object'`)
export class WebhookEntity {
  /** UUIDv7, so the order of ids is the order of creation. */
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'webhooks_pkey' })
  id!: string;

  @Column({ type: 'text' })
  url!: string;

  @Column({ type: 'text', default: '' })
  description!: string;

  /** Sealed. */
  @Column({ name: 'secret_token', type: 'text', nullable: true })
  secretToken!: string | null;

  @Column({ type: 'text', array: true })
  triggers!: Trigger[];

  @Column({ type: 'boolean', default: true })
  enabled!: boolean;

  /** Its events wait in the log. */
  @Column({ type: 'boolean', default: false })
  paused!: boolean;

  @Column({ type: 'text' })
  method!: Method;

  @Column({ type: 'text', default: 'per_user' })
  ordering!: Ordering;

  /** Each value sealed. */
  @Column({ type: 'jsonb', default: {} })
  headers!: Record<string, string>;

  @Column({ name: 'ca_certificates', type: 'text', nullable: true })
  caCertificates!: string | null;

  /** JSON, sealed as a whole. See `secrets/webhook-secrets.ts`. */
  @Column({ name: 'signing_secrets', type: 'text', nullable: true })
  signingSecrets!: string | null;

  /** Whether requests are signed with the Ed25519 key of the service as well. */
  @Column({ name: 'ed25519_signature', type: 'boolean', default: false })
  ed25519Signature!: boolean;

  @Column({ name: 'timeout_ms', type: 'integer', nullable: true })
  timeoutMs!: number | null;

  @Column({ name: 'max_in_flight', type: 'integer', nullable: true })
  maxInFlight!: number | null;

  @Column({ name: 'rate_limit_per_second', type: 'integer', nullable: true })
  rateLimitPerSecond!: number | null;

  /** Durations in the form of `RETRY_SCHEDULE`. */
  @Column({ name: 'retry_schedule', type: 'text', array: true, nullable: true })
  retrySchedule!: string[] | null;

  /** Why the service disabled it; null if it did not. */
  @Column({ name: 'disabled_reason', type: 'text', nullable: true })
  disabledReason!: string | null;

  /** The same as a code; null also if a release before did it. */
  @Column({ name: 'disabled_code', type: 'text', nullable: true })
  disabledCode!: DisabledCode | null;

  /** When the service disabled it; null if it did not. */
  @Column({ name: 'disabled_at', type: 'timestamptz', precision: 3, nullable: true })
  disabledAt!: Date | null;

  /** Grows with every change. It is the ETag. */
  @VersionColumn({ type: 'integer', default: 1 })
  version!: number;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;

  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  updatedAt!: Date;
}

/**
 * Turns a row into a webhook for the pipeline.
 *
 * @param secrets the row's secrets, opened.
 */
export function toWebhook(
  row: WebhookEntity,
  secrets: Pick<Webhook, 'secretToken' | 'headers' | 'signingSecrets' | 'ed25519Key'>,
): Webhook {
  const { id, url, triggers, enabled, paused, method, ordering, timeoutMs, maxInFlight, caCertificates } =
    row;
  const retryScheduleMs = row.retrySchedule?.map(durationMs) ?? null;
  const limits = { timeoutMs, maxInFlight, rateLimitPerSecond: row.rateLimitPerSecond, retryScheduleMs };
  return { id, url, triggers, enabled, paused, method, ordering, caCertificates, ...secrets, ...limits };
}
