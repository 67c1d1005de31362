/** Whatever body a caller sends, it is accepted, or refused with a list of members and sentences. It never throws. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seeded } from '../../test/support/seeded.ts';
import { anyHost } from '../../test/support/special-addresses.ts';
import { AUTHORITY } from '../../test/support/test-authority.ts';
import { Problem } from '../rest/problem.ts';
import { validate } from '../rest/validate.ts';
import { FIELD_FAULTS } from '../model/field-fault.ts';
import { TRIGGERS } from '../model/trigger.ts';
import { mergePatch } from './merge-patch.ts';
import { WebhookBodies } from './webhook.dto.ts';

const bodies = new WebhookBodies({ ALLOWED_SUBNETS: [], WEBHOOK_DEFAULT_METHOD: 'POST' });

const anyText = fc.string({ unit: 'binary' });
const anything = fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true });

/** Bodies near enough to good ones that every rule is reached. */
const nearly = fc.record(
  {
    url: fc.oneof(
      fc.webUrl(),
      anyHost().map((host) => `https://${host}/`),
      anyText,
      anything,
    ),
    triggers: fc.oneof(fc.uniqueArray(fc.constantFrom(...TRIGGERS), { minLength: 1 }), anything),
    secret_token: fc.oneof(anyText, fc.constant(null), anything),
    description: fc.oneof(anyText, anything),
    enabled: fc.oneof(fc.boolean(), anything),
    method: fc.oneof(fc.constantFrom('GET', 'POST', 'PUT'), anything),
    ordering: fc.oneof(fc.constantFrom('per_user', 'none'), anything),
    headers: fc.oneof(fc.dictionary(anyText, anyText), anything),
    ca_certificates: fc.oneof(
      fc.constant(AUTHORITY),
      fc.nat(AUTHORITY.length).map((at) => AUTHORITY.slice(0, at) + AUTHORITY.slice(at + 1)),
      fc.base64String().map((text) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----`),
      anything,
    ),
    timeout_ms: fc.oneof(fc.integer(), fc.double(), anything),
    max_in_flight: fc.oneof(fc.integer(), fc.double(), anything),
    rate_limit_per_second: fc.oneof(fc.integer(), fc.double(), anything),
    retry_schedule: fc.oneof(fc.array(fc.oneof(fc.stringMatching(/^\d{1,9}[smhd]$/), anyText)), anything),
  },
  { requiredKeys: [] },
);

/** @returns what was taken; null when it was refused as it should be. */
function taken<Body>(check: () => Body): Body | null {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    expect(error.code).toBe('validation_failed');
    expect(error.errors.length).toBeGreaterThan(0);
    expect(error.errors.length).toBeLessThanOrEqual(20);
    for (const { field, message, code, params = {} } of error.errors) {
      expect(typeof field).toBe('string');
      expect(message).not.toBe('');
      expect(code, message).not.toBe('invalid');
      expect([code, Object.keys(params)]).toEqual([code, FIELD_FAULTS[code].params]);
    }
    return null;
  }
}

describe('any body', () => {
  it('of POST or PUT', () => {
    fc.assert(
      fc.property(fc.oneof(nearly, anything), (body) => {
        const values = taken(() => validate(bodies.input, body));
        if (values === null) return;
        // What PostgreSQL and an HTTP request must be able to hold.
        const texts = [
          values.url,
          values.description,
          values.secretToken ?? '',
          JSON.stringify(values.headers),
        ];
        for (const text of texts) expect(/[\0\p{Cs}]/u.test(text)).toBe(false);
        const sent = [values.url, values.secretToken ?? '', ...Object.entries(values.headers).flat()];
        for (const text of sent) expect(text).toMatch(/^[\t -~]*$/);
      }),
      seeded(3_000),
    );
  });

  it('of PATCH, and what it makes of a webhook', () => {
    const webhook = { url: 'https://example.com/', triggers: ['user_created'], headers: { 'X-A': '1' } };
    fc.assert(
      fc.property(fc.oneof(nearly, anything), (body) => {
        const patch = taken(() => validate(bodies.patch, body));
        if (patch !== null) taken(() => validate(bodies.input, mergePatch(webhook, patch)));
      }),
      seeded(3_000),
    );
  });
});
