/** Every body goes through both judges: the zod schema of the service and the JSON Schema of the OpenAPI document. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { AUTHORITY, OTHER_AUTHORITY, TRUSTED } from '../../test/support/test-authority.ts';
import { listQuery, WebhookBodies } from './webhook.dto.ts';
import { webhookComponents } from './webhook.schemas.ts';

const SETTINGS = { ALLOWED_SUBNETS: ['127.0.0.0/8'], WEBHOOK_DEFAULT_METHOD: 'POST' as const };
const MINIMAL = { url: 'https://example.com/', triggers: ['user_created'] };

const bodies = new WebhookBodies(SETTINGS);
const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
const components = webhookComponents(SETTINGS);
const documented = {
  input: ajv.compile(components['WebhookInput'] ?? false),
  patch: ajv.compile(components['WebhookPatch'] ?? false),
};

const input = (values: object) => bodies.input.safeParse({ ...MINIMAL, ...values });
const faultsOf = (values: object) =>
  input(values).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];

describe('the body of POST and PUT', () => {
  it('has a default for everything but URL and triggers', () => {
    expect(bodies.input.parse(MINIMAL)).toEqual({
      url: 'https://example.com/',
      description: '',
      secretToken: undefined,
      triggers: ['user_created'],
      enabled: true,
      method: 'POST',
      ordering: 'per_user',
      paused: false,
      startFrom: undefined,
      headers: {},
      caCertificates: null,
      ed25519Signature: false,
      timeoutMs: null,
      maxInFlight: null,
      rateLimitPerSecond: null,
      retrySchedule: null,
    });
  });

  it.each([
    ['absent: it stays', {}, undefined],
    ['null: it goes', { secret_token: null }, null],
    ['empty: it goes', { secret_token: '' }, null],
    ['given', { secret_token: 's3cret!~' }, 's3cret!~'],
  ])('secret token %s', (_, values, secretToken) => {
    expect(input(values).data?.secretToken).toBe(secretToken);
  });

  it('takes back what a GET gave, and ignores what is read only', () => {
    const readOnly = {
      id: 'x',
      has_secret_token: true,
      created_at: 1,
      updated_at: null,
      status: {},
      disabled_reason: [],
      pending_count: '\u0000',
    };
    expect(input(readOnly).data).toEqual(bodies.input.parse(MINIMAL));
  });

  it.each([
    { description: '𝒳'.repeat(500) },
    { description: 'ünï ✓' },
    { secret_token: 'a'.repeat(1024) },
    { triggers: ['user_keys', 'user_deleted', 'user_modified', 'user_created'] },
    { enabled: false, method: 'GET', ordering: 'none', ed25519_signature: true },
    { timeout_ms: 100, max_in_flight: 1 },
    { timeout_ms: 300_000, max_in_flight: 10_000 },
    { url: 'http://127.0.0.1:8080/' },
    { ca_certificates: AUTHORITY },
    { ca_certificates: `\n${AUTHORITY}\n\n${OTHER_AUTHORITY.replaceAll('\n', '\r\n')}` },
    { ca_certificates: null },
    { headers: {} },
    {
      headers: {
        'X-A': '',
        "!#$%&'*+.^_`|~9": 'a\t b',
        constructor: 'x',
        toString: 'y',
        Proxy: 'z',
        Tea: '1',
      },
    },
    { headers: Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`X-${at}`, 'v'.repeat(1024)])) },
  ])('is accepted: %j', (values) => {
    expect(faultsOf(values)).toEqual([]);
    expect(documented.input({ ...MINIMAL, ...values })).toBe(true);
  });

  it.each<[string, object]>([
    ['url: is missing', { url: undefined }],
    ['url: must be a string', { url: 5 }],
    ['url: must be a URL, such as https://example.com/hooks', { url: '' }],
    ['triggers: is missing', { triggers: undefined }],
    ['triggers: must be a list of triggers', { triggers: 'user_created' }],
    ['triggers: must name at least one trigger', { triggers: [] }],
    ['triggers: must name each trigger once', { triggers: ['user_keys', 'user_keys'] }],
    [
      'triggers.0: must be one of user_created, user_modified, user_deleted, user_keys',
      { triggers: ['constructor'] },
    ],
    ['description: must be a string', { description: null }],
    ['description: must be at most 500 characters long', { description: 'a'.repeat(501) }],
    ['description: must not contain control characters', { description: 'a\u0000' }],
    ['description: must not contain control characters', { description: 'a\nb' }],
    ['secret_token: must be a string or null', { secret_token: 5 }],
    ['secret_token: must be at most 1024 characters long', { secret_token: 'a'.repeat(1025) }],
    ['secret_token: must consist of visible ASCII characters without spaces', { secret_token: 'a b' }],
    ['secret_token: must consist of visible ASCII characters without spaces', { secret_token: 'a\r\nX: y' }],
    ['secret_token: must consist of visible ASCII characters without spaces', { secret_token: 'ü' }],
    ['enabled: must be true or false', { enabled: 'true' }],
    ['method: must be one of GET, POST, PUT', { method: 'post' }],
    ['ed25519_signature: must be true or false', { ed25519_signature: null }],
    ['ordering: must be one of per_user, none', { ordering: null }],
    ['timeout_ms: must be a whole number from 100 to 300000, or null', { timeout_ms: 99 }],
    ['timeout_ms: must be a whole number from 100 to 300000, or null', { timeout_ms: 300_001 }],
    ['timeout_ms: must be a whole number from 100 to 300000, or null', { timeout_ms: 100.5 }],
    ['timeout_ms: must be a whole number from 100 to 300000, or null', { timeout_ms: '100' }],
    ['timeout_ms: must be a whole number from 100 to 300000, or null', { timeout_ms: 1e308 }],
    ['max_in_flight: must be a whole number from 1 to 10000, or null', { max_in_flight: 0 }],
    ['ca_certificates: must be PEM text or null', { ca_certificates: 5 }],
    ['ca_certificates: must be at most 32768 characters long', { ca_certificates: AUTHORITY.repeat(100) }],
    ...[
      '',
      'nonsense',
      `${AUTHORITY}x`,
      `Subject: x\n${AUTHORITY}`,
      `${AUTHORITY}\0`,
      AUTHORITY.slice(1),
    ].map((ca_certificates): [string, object] => [
      'ca_certificates: must be PEM certificates, each from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----, and nothing else',
      { ca_certificates },
    ]),
    ['ca_certificates: must not contain a private key', { ca_certificates: TRUSTED.cert + TRUSTED.key }],
    ['headers: must be an object of header names and values', { headers: [] }],
    ['headers: must be an object of header names and values', { headers: null }],
    ['headers.X-A: must be a string', { headers: { 'X-A': null } }],
    [
      'headers: must have at most 20 members',
      { headers: Object.fromEntries(Array.from({ length: 21 }, (_, at) => [`X-${at}`, 'v'])) },
    ],
    ['headers.a b: must be a header name (RFC 9110 token)', { headers: { 'a b': 'x' } }],
    ['headers.: must be a header name (RFC 9110 token)', { headers: { '': 'x' } }],
    ['headers.X-é: must be a header name (RFC 9110 token)', { headers: { 'X-é': 'x' } }],
    [
      `headers.${'X'.repeat(129)}: must be a header name of at most 128 characters`,
      { headers: { ['X'.repeat(129)]: 'x' } },
    ],
    [
      'headers.X: must be visible ASCII characters, with spaces and tabs only between them',
      { headers: { X: ' x' } },
    ],
    [
      'headers.X: must be visible ASCII characters, with spaces and tabs only between them',
      { headers: { X: 'x\r\nHost: y' } },
    ],
    ['headers.X: must be at most 1024 characters long', { headers: { X: 'x'.repeat(1025) } }],
    [': must be a JSON object', { urls: 'x' }],
  ])('is refused with "%s"', (fault, values) => {
    expect(faultsOf(values)).toEqual([fault]);
    // JSON has no undefined: the member is not there.
    expect(documented.input(JSON.parse(JSON.stringify({ ...MINIMAL, ...values })))).toBe(false);
  });

  it.each([
    ...['Authorization', 'content-type', 'CONTENT-LENGTH', 'Transfer-Encoding', 'connection', 'Keep-Alive'],
    ...['Upgrade', 'TE', 'Trailer', 'Expect', 'Host', 'User-Agent', 'X-Defguard-Event', 'webhook-id'],
    ...['Webhook-Signature', 'traceparent', 'Tracestate', 'Proxy-Authorization', 'proxy-connection'],
    // CGI, WSGI and PHP take `_` for `-`.
    ...['webhook_signature', 'Transfer_Encoding', 'X_Defguard-Event', 'PROXY_authorization'],
  ])('may not set the header %s', (name) => {
    const fault = `headers.${name}: is set by the service or by HTTP itself and cannot be a custom header`;
    expect(faultsOf({ headers: { [name]: 'x' } })).toEqual([fault]);
    expect(documented.input({ ...MINIMAL, headers: { [name]: 'x' } })).toBe(false);
  });

  it('may not name certificate authorities that cannot be read', () => {
    const broken = AUTHORITY.replace(/MII/, 'AAA');
    expect(faultsOf({ ca_certificates: AUTHORITY + broken })).toEqual([
      'ca_certificates: holds a certificate that is not valid X.509: number 2',
    ]);
  });

  it('is one webhook however its URL is spelled', () => {
    const urls = ['https://example.com', 'HTTPS://EXAMPLE.com:443/', 'https://example.com:443'];
    expect(urls.map((url) => input({ url }).data?.url)).toEqual(urls.map(() => 'https://example.com/'));
  });

  it('may name each header once, whatever the case', () => {
    expect(faultsOf({ headers: { 'X-A': '1', 'x-a': '2' } })).toEqual([
      'headers.x-a: is given twice, in different case',
    ]);
  });

  it('may not hold half a surrogate pair, which no UTF-8 text has', () => {
    expect(faultsOf({ description: '\ud800' })).toEqual(['description: must not contain control characters']);
  });

  it.each([undefined, null, 'text', 5, true, [], [MINIMAL]])('is an object, and not %j', (body) => {
    expect(bodies.input.safeParse(body).error?.issues).toMatchObject([{ message: 'must be a JSON object' }]);
    expect(documented.input(body)).toBe(false);
  });

  it('cannot be smuggled into a prototype', () => {
    const body: unknown = JSON.parse(
      '{"__proto__": {"url": "https://example.com/", "triggers": ["user_keys"]}}',
    );
    expect(bodies.input.safeParse(body).success).toBe(false);
    expect(documented.input(body)).toBe(false);
  });
});

describe('the body of PATCH', () => {
  it.each([
    {},
    { description: null, enabled: null, method: null, ordering: null, headers: null },
    { timeout_ms: null, max_in_flight: null, secret_token: null },
    { headers: { 'X-A': null, 'X-B': 'v' } },
    { url: 'https://example.com/', triggers: ['user_keys'], status: 'healthy' },
  ])('is accepted: %j', (patch) => {
    expect(bodies.patch.safeParse(patch).error).toBeUndefined();
    expect(documented.patch(patch)).toBe(true);
  });

  it.each([
    { url: null },
    { triggers: null },
    { triggers: [] },
    { headers: { Host: null } },
    { headers: { 'X-A': 5 } },
    { headers: 'x' },
    { description: 5 },
    { unknown: null },
    [],
    null,
  ])('is refused: %j', (patch) => {
    expect(bodies.patch.safeParse(patch).success).toBe(false);
    expect(documented.patch(patch)).toBe(false);
  });
});

describe('the query of a list', () => {
  it('has a limit of 50, unless given', () => {
    expect(listQuery.parse({})).toEqual({ limit: 50 });
    expect(listQuery.parse({ limit: '100' })).toEqual({ limit: 100 });
  });

  it.each([
    { limit: '0' },
    { limit: '101' },
    { limit: '-1' },
    { limit: '1e1' },
    { limit: '' },
    { limit: ['1', '2'] },
    { search: '\u0000' },
    { search: ['a', 'b'] },
    { search: 'a'.repeat(201) },
    { enabled: '1' },
    { enabled: '' },
    { enabled: ['true', 'true'] },
    { status: '' },
    { status: 'broken' },
    { status: 'failing,,paused' },
    { status: ['failing', 'paused'] },
    { trigger: 'toString' },
    { cursor: '' },
    { cursor: 'abc' },
    { cursor: `${'A'.repeat(22)}\n` },
    { serach: 'a' },
  ])('is refused: %j', (query) => {
    expect(listQuery.safeParse(query).success).toBe(false);
  });
});
