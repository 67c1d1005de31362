/**
 * Every way a request can go wrong is one kind of answer, and the OpenAPI document tells all of them: each answer
 * below is held against the document the service itself shows.
 */
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { eventually } from '../support/eventually.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { answerToNonsense } from '../support/raw-request.ts';
import { ADMIN_TOKEN, Service } from '../support/service.ts';
import { Topics } from '../support/topics.ts';

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}
interface Operation {
  responses: Record<string, unknown>;
  security?: unknown;
  operationId: string;
}
interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, object> };
}

const MISSING = '/api/v1/webhooks/019ab000-0000-7000-8000-000000000001';
const JSON_TYPE = { 'Content-Type': 'application/json' };
/** Operations that need no token. */
const OPEN = ['readPublicKeys', 'readSignIn'];

let database: TestDatabase;
let topics: Topics;
let service: Service;
let document: Document;
let isProblem: ValidateFunction;

beforeAll(async () => {
  database = await createDatabase();
  topics = new Topics();
  service = await Service.start({ ...topics.environment, DATABASE_URL: database.url });
  document = JSON.parse(
    (await send('GET', '/api/openapi.json', { Authorization: undefined })).body,
  ) as Document;
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  ajv.addSchema(document, 'document');
  isProblem = ajv.compile({ $ref: 'document#/components/schemas/Problem' });
});

afterAll(async () => {
  await service.stop();
  await topics.close();
  await database.drop();
});

/** The bytes as they are: axios would mend the path and the headers. */
function send(
  method: string,
  path: string,
  headers: Record<string, string | undefined> = {},
  body?: string | Buffer,
): Promise<Answer> {
  const given: Record<string, string | undefined> = { Authorization: `Bearer ${ADMIN_TOKEN}`, ...headers };
  const sendable = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(service.url);
    const sent = request({ hostname, port, method, path, headers: sendable }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          body: Buffer.concat(chunks).toString(),
        });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function problemOf(answer: Answer): { code: string; detail: string; errors?: { field: string }[] } {
  const problem = JSON.parse(answer.body) as { code: string; detail: string; status: number };
  expect(isProblem(problem), JSON.stringify(isProblem.errors)).toBe(true);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(problem.status).toBe(answer.status);
  return problem;
}

describe('a request that goes wrong', () => {
  it.each<[string, number, string, string, Record<string, string | undefined>?, (string | Buffer)?]>([
    ['POST /api/v1/webhooks', 400, 'malformed_request', 'broken JSON', JSON_TYPE, '{"url":'],
    ['POST /api/v1/webhooks', 400, 'malformed_request', 'two documents', JSON_TYPE, '{}{}'],
    [
      'POST /api/v1/webhooks',
      400,
      'malformed_request',
      'a member twice',
      JSON_TYPE,
      '{"headers": {"X-A": "1", "X\\u002dA": "2"}}',
    ],
    [
      'POST /api/v1/webhooks',
      400,
      'malformed_request',
      'no UTF-8',
      JSON_TYPE,
      Buffer.from([0x22, 0xff, 0x22]),
    ],
    ['POST /api/v1/webhooks', 400, 'malformed_request', 'a prototype', JSON_TYPE, '{"__proto__": {}}'],
    [
      'POST /api/v1/webhooks',
      400,
      'malformed_request',
      'one deep inside',
      JSON_TYPE,
      '{"headers": {"__proto__": "x"}}',
    ],
    ['POST /api/v1/webhooks', 400, 'validation_failed', 'an empty body', JSON_TYPE, ''],
    ['POST /api/v1/webhooks', 400, 'validation_failed', 'no body at all'],
    ['POST /api/v1/webhooks', 400, 'validation_failed', 'null', JSON_TYPE, 'null'],
    ['POST /api/v1/webhooks', 400, 'validation_failed', 'a list', JSON_TYPE, '[]'],
    [
      'POST /api/v1/webhooks',
      400,
      'validation_failed',
      'a number beyond all',
      JSON_TYPE,
      '{"timeout_ms": 1e400}',
    ],
    ['POST /api/v1/webhooks', 413, 'payload_too_large', 'too much', JSON_TYPE, ' '.repeat(262_145)],
    ['POST /api/v1/webhooks', 415, 'unsupported_media_type', 'text', { 'Content-Type': 'text/plain' }, '{}'],
    [
      'POST /api/v1/webhooks',
      415,
      'unsupported_media_type',
      'a form',
      { 'Content-Type': 'application/x-www-form-urlencoded' },
      'a=b',
    ],
    ['POST /api/v1/webhooks', 415, 'unsupported_media_type', 'no type', {}, '{}'],
    [
      'POST ' + MISSING + '/rotate-signing-secret',
      404,
      'not_found',
      'a form of no bytes where no body is needed',
      { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': '0' },
    ],
    [
      'POST /api/v1/webhooks',
      415,
      'unsupported_media_type',
      'a patch',
      { 'Content-Type': 'application/merge-patch+json' },
      '{}',
    ],
    [
      'PATCH ' + MISSING,
      415,
      'unsupported_media_type',
      'another patch',
      { 'Content-Type': 'application/json-patch+json' },
      '[]',
    ],
    ['PUT ' + MISSING, 400, 'validation_failed', 'members missing', JSON_TYPE, '{}'],
    ['PATCH ' + MISSING, 404, 'not_found', 'nobody', JSON_TYPE, '{}'],
    ['DELETE ' + MISSING, 404, 'not_found', 'nobody'],
    ['GET ' + MISSING, 404, 'not_found', 'nobody'],
    ['GET /api/v1/webhooks/abc', 404, 'not_found', 'no UUID'],
    ['GET /api/v1/webhooks/%00', 404, 'not_found', 'a zero byte'],
    ['GET /api/v1/webhooks/' + 'a'.repeat(8_000), 404, 'not_found', 'an endless id'],
    ['GET /api/v1/webhooks/%zz', 400, 'malformed_request', 'a broken escape'],
    ['GET /api/v1/webhooks/%ff', 400, 'malformed_request', 'an escape that is no UTF-8'],
    ['GET /api/v1/webhooks/', 404, 'not_found', 'a slash too many'],
    ['GET /api/v1/WEBHOOKS', 404, 'not_found', 'another case'],
    ['GET /api/v1/constructor', 404, 'not_found', 'no route'],
    ['GET /api/v1/webhooks?search=%00', 400, 'validation_failed', 'a zero byte in a query'],
    ['GET /api/v1/webhooks?search=%ff%fe', 200, '', 'a query that is no UTF-8 is a strange text'],
    ['GET /api/v1/webhooks?limit=1&limit=2', 400, 'validation_failed', 'a parameter twice'],
    ['GET /api/v1/webhooks?__proto__=x', 400, 'validation_failed', 'a prototype in a query'],
    ['GET /api/v1/webhooks?cursor=nonsense', 400, 'validation_failed', 'no cursor'],
    ['PUT /api/v1/webhooks', 405, 'method_not_allowed', 'another method', JSON_TYPE, '{}'],
    ['DELETE /api/v1/triggers', 405, 'method_not_allowed', 'another method'],
    ['TRACE /api/v1/triggers', 405, 'method_not_allowed', 'a method without routes'],
  ])('%s is answered with %d %s: %s', async (route, status, code, _, headers, body) => {
    const [method = '', path = ''] = route.split(' ');
    const answer = await send(method, path, headers, body);
    expect(answer.status).toBe(status);
    if (status !== 200) expect(problemOf(answer).code).toBe(code);
    if (status === 405) expect(answer.headers['allow']).toMatch(/^[A-Z]+(, [A-Z]+)*$/);
  });

  it('is told apart in the log by an id of ours, beside that of the caller: whoever called could choose it', async () => {
    const chosen = await send('GET', MISSING, { 'X-Request-Id': 'my-id_1' });
    const id = String(chosen.headers['x-request-id']);
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(JSON.parse(chosen.body)).toMatchObject({ instance: `urn:user-webhooks:request:${id}` });
    await eventually(() => {
      expect(service.log.map(({ req }) => req)).toContainEqual(
        expect.objectContaining({ id, callerRequestId: 'my-id_1' }),
      );
    });
    const hostile = await send('GET', MISSING, { 'X-Request-Id': 'a b"<' });
    expect(hostile.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('from a stranger is refused before its body is read: bodies of strangers slowed deliveries down', async () => {
    const body = 'x'.repeat(300_000);
    const headers = { 'Content-Type': 'application/json', Authorization: 'Bearer not-a-token-of-anybody' };
    const refused = await send('POST', '/api/v1/webhooks', headers, body);
    // A body that is read is too large, and no JSON.
    expect(refused.status).toBe(401);
    expect((await send('POST', '/nowhere', headers, body)).status).toBe(404);
  });

  it('is answered even when it is no HTTP', async () => {
    const answer = await answerToNonsense(service.url);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    const body = answer.slice(answer.indexOf('\r\n\r\n') + 4);
    expect(isProblem(JSON.parse(body))).toBe(true);
  });
});

describe('a request without a token', () => {
  it('is refused on every documented route', async () => {
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const [method, { security }] of Object.entries(operations)) {
        if (OPEN.includes(operations[method]?.operationId ?? '')) continue;
        const route = path.replace('{id}', 'abc');
        const answer = await send(method.toUpperCase(), route, { Authorization: undefined });
        expect([route, answer.status]).toEqual([route, 401]);
        expect(problemOf(answer).code).toBe('unauthorized');
        expect(answer.headers['www-authenticate']).toBe('Bearer realm="user-webhooks"');
        expect(security).toEqual([{ bearer: [] }]);
      }
    }
  });

  it('with a wrong token learns that the token is wrong', async () => {
    const answer = await send('GET', '/api/v1/webhooks', { Authorization: 'Bearer wrong-wrong-wrong-1' });
    expect(problemOf(answer).code).toBe('unauthorized');
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="user-webhooks", error="invalid_token"');
  });

  it.each([
    '/api/openapi.json',
    '/api/docs',
    '/api/docs/swagger-ui.css',
    '/health/live',
    '/metrics',
    '/.well-known/jwks.json',
    '/api/v1/sign-in',
  ])('may read %s', async (path) => {
    expect((await send('GET', path, { Authorization: undefined })).status).toBe(200);
  });
});

describe('the OpenAPI document', () => {
  it('is version 3.1, and names each operation and each answer', () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ route: `${method} ${path}`, ...operation })),
    );
    expect(operations.map(({ operationId }) => operationId).sort()).toEqual([
      'createWebhook',
      'deleteWebhook',
      'endSession',
      'eraseUserHistory',
      'explainEvent',
      'listAuditEntries',
      'listDeadLetters',
      'listDeliveries',
      'listReplays',
      'listTriggers',
      'listWebhooks',
      'patchWebhook',
      'readDeadLetter',
      'readDelivery',
      'readLag',
      'readLogRange',
      'readPublicKeys',
      'readReplay',
      'readSession',
      'readSignIn',
      'readStats',
      'readStatsOfEach',
      'readStatsOfMinutes',
      'readWebhook',
      'readWebhookStats',
      'recoverDeliveries',
      'replaceWebhook',
      'replayEvents',
      'resendDelivery',
      'rotateSigningSecret',
      'sendBackDeadLetter',
      'stopReplay',
      'testWebhook',
    ]);
    for (const { route, responses, operationId } of operations) {
      const guarded = OPEN.includes(operationId) ? [] : ['401', '403', '429'];
      const always = ['400', '500', '503', ...guarded];
      expect([route, Object.keys(responses)]).toEqual([route, expect.arrayContaining(always) as string[]]);
    }
  });

  it('is the one that is committed', () => {
    expect(document).toEqual(JSON.parse(readFileSync('docs/openapi.json', 'utf8')));
  });

  it('refers only to what it has', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)];
    expect(references.length).toBeGreaterThan(20);
    for (const [, name] of references) expect(Object.keys(document.components.schemas)).toContain(name);
  });

  it('shows the triggers as they are answered', async () => {
    const answer = await send('GET', '/api/v1/triggers');
    const { data } = JSON.parse(answer.body) as { data: { name: string; sample: { username?: unknown } }[] };
    expect(data.map(({ name }) => name)).toEqual([
      'user_created',
      'user_modified',
      'user_deleted',
      'user_keys',
    ]);
    for (const { sample } of data) expect(sample.username).toBe('jdoe');
  });
});
