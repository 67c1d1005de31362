/**
 * A row of the file: what somebody wants for one webhook, and its rules. The rules are those of the REST API. Only the
 * service can check addresses, because it knows `ALLOWED_SUBNETS`. A member that is not in the row is not changed. Pure.
 */
import { z } from 'zod';
import { AddressRule } from '../model/address-rule.ts';
import { maskedUrl, normalUrl } from '../model/webhook-url.ts';
import { headerFaults } from '../webhooks/custom-headers.ts';
import { MEMBERS, urlMember } from '../webhooks/webhook-members.ts';
import { reference, type Secret } from './secret.ts';

const ANY_ADDRESS = new AddressRule(['0.0.0.0/0', '::/0']);

const MASKED = /^\*+$/;

/** A value is a reference, or a text that is not secret. */
const headers = z
  .record(z.string(), z.union([z.string(), reference], 'must be a text, or {"env": "WEBHOOK_…"}'))
  .superRefine((given, context) => {
    const texts = Object.entries(given).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : '',
    ]);
    for (const { field, message } of headerFaults(Object.fromEntries(texts) as Record<string, string>)) {
      context.addIssue({ code: 'custom', path: [field], message });
    }
    for (const [name, value] of Object.entries(given)) {
      if (typeof value !== 'string' || !MASKED.test(value)) continue;
      const message =
        'is only the mask of a value: name a variable of the environment, as {"env": "WEBHOOK_…"}';
      context.addIssue({ code: 'custom', path: [name], message });
    }
  });

/** The members that can be read back, so that a difference shows. */
export const COMPARED = {
  description: MEMBERS.description.optional(),
  triggers: MEMBERS.triggers.optional(),
  enabled: MEMBERS.enabled.optional(),
  paused: MEMBERS.paused.optional(),
  method: MEMBERS.method.optional(),
  ordering: MEMBERS.ordering.optional(),
  ca_certificates: MEMBERS.ca_certificates.optional(),
  ed25519_signature: MEMBERS.ed25519_signature.optional(),
  timeout_ms: MEMBERS.timeout_ms.optional(),
  max_in_flight: MEMBERS.max_in_flight.optional(),
  rate_limit_per_second: MEMBERS.rate_limit_per_second.optional(),
  retry_schedule: MEMBERS.retry_schedule.optional(),
};

export const rowSchema = z
  .strictObject({
    id: z.guid('must be the id of a webhook, a UUID').optional(),
    url: urlMember(ANY_ADDRESS),
    ...COMPARED,
    secret_token: reference.nullable().optional(),
    start_from: MEMBERS.start_from.optional(),
    headers: headers.optional(),
  })
  .transform(({ id, url, secret_token, start_from, headers: given, ...members }): Wanted => ({
    id: id?.toLowerCase(),
    members: { url: normalUrl(url), ...withoutUndefined(members) },
    secretToken: secret_token,
    headers: given,
    startFrom: start_from,
    whenMade: {},
  }));

export interface Wanted {
  readonly id: string | undefined;
  /** What is compared with the service, with the names of REST. */
  readonly members: Readonly<Record<string, unknown>> & { readonly url: string };
  /** Null: it must have none. */
  readonly secretToken: Secret | null | undefined;
  /** All headers that it must have. */
  readonly headers: Readonly<Record<string, Secret>> | undefined;
  /** Counts only when the webhook is made or enabled. */
  readonly startFrom: string | undefined;
  /** Members that only a new webhook gets. */
  readonly whenMade: Readonly<Record<string, unknown>>;
}

export interface Row extends Wanted {
  /** From 1, as people count. */
  readonly number: number;
}

/** A fault of one row. */
export interface RowFault {
  readonly row: string;
  readonly message: string;
}

/** How a message names a row: by its number, and by its URL where it has one. Keys in the URL are masked. */
export function nameOfRow(number: number, url: unknown): string {
  const shown = typeof url === 'string' ? maskedUrl(url) : '';
  return shown === '' ? `row ${number}` : `row ${number} (${shown})`;
}

function withoutUndefined(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
