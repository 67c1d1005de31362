/** What the form holds, and how it becomes the body that the service takes, and comes from the webhook that it gives. */
import type { Webhook, WebhookInput } from '../../api/generated/types.gen';
import type { Trigger } from '../../pieces/triggers';

/** How the service shows a header value that it keeps. Sent back, it stays. */
export const MASK = '***';

export interface HeaderRow {
  readonly key: string;
  name: string;
  value: string;
}

export interface FormValues {
  url: string;
  description: string;
  triggers: Trigger[];
  method: Webhook['method'];
  enabled: boolean;
  paused: boolean;
  /** Only for one that is made. */
  startFrom: 'now' | 'earliest' | 'time';
  startAt: string;
  ordering: Webhook['ordering'];
  /** What becomes of the stored token; for a new webhook always `set`. */
  tokenChoice: 'keep' | 'set' | 'remove';
  token: string;
  headers: HeaderRow[];
  ca_certificates: string;
  ed25519_signature: boolean;
  timeout_ms: number | '';
  max_in_flight: number | '';
  rate_limit_per_second: number | '';
  ownSchedule: boolean;
  retry_schedule: string[];
}

/** Most receivers want POST. */
export const NEW_WEBHOOK: FormValues = {
  url: '',
  description: '',
  triggers: [],
  method: 'POST',
  enabled: true,
  paused: false,
  startFrom: 'now',
  startAt: '',
  ordering: 'per_user',
  tokenChoice: 'set',
  token: '',
  headers: [],
  ca_certificates: '',
  ed25519_signature: false,
  timeout_ms: '',
  max_in_flight: '',
  rate_limit_per_second: '',
  ownSchedule: false,
  retry_schedule: [],
};

export function toFormValues(webhook: Webhook): FormValues {
  return {
    url: webhook.url,
    description: webhook.description,
    triggers: webhook.triggers,
    method: webhook.method,
    enabled: webhook.enabled,
    paused: webhook.paused,
    startFrom: 'now',
    startAt: '',
    ordering: webhook.ordering,
    tokenChoice: webhook.has_secret_token ? 'keep' : 'set',
    token: '',
    headers: Object.entries(webhook.headers).map(([name, value]) => ({ key: name, name, value })),
    ca_certificates: webhook.ca_certificates ?? '',
    ed25519_signature: webhook.ed25519_signature,
    timeout_ms: webhook.timeout_ms ?? '',
    max_in_flight: webhook.max_in_flight ?? '',
    rate_limit_per_second: webhook.rate_limit_per_second ?? '',
    ownSchedule: webhook.retry_schedule !== null,
    retry_schedule: webhook.retry_schedule ?? [],
  };
}

export function toInput(values: FormValues): WebhookInput {
  const { tokenChoice, token, headers, ownSchedule, ca_certificates, startFrom, startAt, ...same } = values;
  const number = (given: number | ''): number | null => (given === '' ? null : given);
  const certificates = ca_certificates.trim();
  return {
    ...same,
    url: values.url.trim(),
    description: values.description.trim(),
    headers: Object.fromEntries(
      headers.filter(({ name }) => name.trim() !== '').map(({ name, value }) => [name.trim(), value]),
    ),
    ca_certificates: certificates === '' ? null : `${certificates}\n`,
    timeout_ms: number(values.timeout_ms),
    max_in_flight: number(values.max_in_flight),
    rate_limit_per_second: number(values.rate_limit_per_second),
    retry_schedule: ownSchedule ? values.retry_schedule : null,
    ...startOf(startFrom, startAt),
    // Left out, the stored one stays.
    ...(tokenChoice === 'remove' && { secret_token: null }),
    ...(tokenChoice === 'set' && token !== '' && { secret_token: token }),
  };
}

/** What is no time is left for the service to refuse. */
export function startOf(startFrom: FormValues['startFrom'], startAt: string): { start_from?: string } {
  if (startFrom === 'now') return {};
  return { start_from: startFrom === 'earliest' ? startFrom : (instantOf(startAt) ?? startAt) };
}

/** The browser's field for a time has no zone: it is that of the reader. Null where it is no time. */
export function instantOf(text: string): string | null {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
