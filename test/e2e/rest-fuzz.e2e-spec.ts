/**
 * Any request whatever gets an answer that the OpenAPI document has: the document of the running service is read, and for
 * each of its operations requests are made up, right ones and broken ones.
 */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { AxiosResponse } from 'axios';
import fc, { type Arbitrary } from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PROBLEM_CODES, PROBLEMS, type ProblemCode } from '../../src/rest/problem.ts';
import { eventually } from '../support/eventually.ts';
import { SchemaArbitrary, type Schema } from '../support/schema-arbitrary.ts';
import { seeded } from '../support/seeded.ts';
import { ADMIN_TOKEN, type Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { SELF_SIGNED } from '../support/self-signed.ts';
import { AUTHORITY } from '../support/test-authority.ts';
import { userEvent } from '../support/topics.ts';

interface Content {
  content?: Record<string, { schema: Schema }>;
}
interface Operation {
  operationId: string;
  parameters?: { name: string; in: 'path' | 'query' | 'header'; schema: Schema; explode?: boolean }[];
  requestBody?: Content;
  responses: Record<string, Content & { headers?: Record<string, { required?: boolean }> }>;
}
interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}
interface Request {
  id: string | null;
  query: Record<string, unknown>;
  headers: Record<string, unknown>;
  body: { type: string; text: string } | undefined;
}

/** Stands for a webhook that is there. */
const KNOWN = 'known';

let stage: Stage;
let service: Service;
let document: Document;
let known: string;
/** The place of one. */
let deadLetter: { partition: number; offset: string };
let delivery: string;
let replay: string;
let made = 0;
const ajv = addFormats.default(new Ajv2020({ strict: false }));
const judges = new Map<string, ValidateFunction>();

beforeAll(async () => {
  stage = await Stage.set();
  service = await stage.startService();
  document = (await service.rest(null).get<Document>('/../openapi.json')).data;
  ajv.addSchema(document, 'document');
  known = await create();
  deadLetter = await makeDeadLetter();
  delivery = await makeDelivery();
  replay = await makeReplay();
});

afterAll(() => stage.strike());

async function create(): Promise<string> {
  return service.createWebhook({ url: stage.receiver.url(`/made/${(made += 1)}`) });
}

async function makeDeadLetter(): Promise<typeof deadLetter> {
  await stage.topics.write([{ key: 'k', value: 'no json' }]);
  return eventually(async () => {
    const { data } = await service.rest().get<{ data: [typeof deadLetter] }>('/dead-letters');
    expect(data.data).toHaveLength(1);
    return data.data[0];
  });
}

/** Of a webhook of its own, which stays as it is. */
async function makeDelivery(): Promise<string> {
  await create();
  await stage.topics.produce(userEvent('known'));
  return eventually(async () => {
    const { data } = await service.rest().get<{ data: { id: string }[] }>('/deliveries?status=delivered');
    const [{ id } = { id: '' }] = data.data;
    expect(id).not.toBe('');
    return id;
  });
}

async function makeReplay(): Promise<string> {
  const range = { from: '2026-01-01T00:00:00Z', to: new Date().toISOString(), dry_run: true };
  const { data } = await service.rest().post<{ id: string }>(`/webhooks/${known}/replay`, range);
  return data.id;
}

/** Nothing is ever sent to an address other than the receiver's. */
const urls = (): Arbitrary<string> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.uuid().map((path) => stage.receiver.url(`/${path}`)) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '',
        'x',
        'ftp://127.0.0.1/',
        'http://',
        '/relative',
        'https:127.0.0.1',
        'http://[::1',
      ),
    },
  );

function requestsOf(operation: Operation): Arbitrary<Request> {
  const schemas = new SchemaArbitrary(document.components.schemas, {
    url: urls(),
    ca_certificates: fc.constantFrom(null, null, AUTHORITY, SELF_SIGNED.key, ''),
  });
  const parameters = operation.parameters ?? [];
  const given = (place: string, broken: Arbitrary<string>): Arbitrary<Record<string, unknown>> =>
    fc.record(
      Object.fromEntries(
        parameters
          .filter((parameter) => parameter.in === place)
          .map(({ name, schema, explode }) => [
            name,
            fc.oneof(
              { weight: 6, arbitrary: schemas.valid(schema).map((value) => asSent(value, explode)) },
              { weight: 1, arbitrary: broken },
            ),
          ]),
      ),
      { requiredKeys: [] },
    );
  const strange = fc.oneof(fc.uuid(), fc.string({ minLength: 1, unit: 'grapheme' }));
  const hasId = parameters.some((parameter) => parameter.in === 'path');
  const id = fc.oneof(
    { weight: 5, arbitrary: fc.constant(KNOWN) },
    { weight: 1, arbitrary: strange.filter((text) => !/^\.{1,2}$/.test(text)) },
  );
  return fc.record({
    id: hasId ? id : fc.constant(null),
    query: given('query', fc.string({ unit: 'grapheme' })),
    headers: given('header', fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/)),
    body: bodiesOf(operation, schemas),
  });
}

function bodiesOf({ requestBody }: Operation, schemas: SchemaArbitrary): Arbitrary<Request['body']> {
  const contents = Object.entries(requestBody?.content ?? {});
  if (contents.length === 0) return fc.constant(undefined);
  const bodies = contents.map(([type, { schema }]) => {
    const value = fc.oneof(
      { weight: 3, arbitrary: schemas.valid(schema) },
      { weight: 2, arbitrary: schemas.broken(schema) },
    );
    return value.map((body) => ({ type, text: JSON.stringify(body) }));
  });
  const noJson = fc.record({
    type: fc.constantFrom('application/json', 'text/plain', 'application/xml', 'multipart/form-data'),
    text: fc.oneof(
      fc.string(),
      fc.json().map((json) => json.slice(0, -1)),
      fc.constant('{"a":1,"a":2}'),
    ),
  });
  return fc.oneof(
    ...bodies.map((arbitrary) => ({ weight: 8, arbitrary })),
    { weight: 1, arbitrary: noJson },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
}

function pathOf(path: string, id: string): string {
  if (path.includes('/deliveries/')) return path.replace('{id}', id === known ? delivery : id);
  if (path.includes('/replays/')) return path.replace('{id}', id === known ? replay : id);
  if (!path.includes('{partition}')) return path.replace(/\{id\}|\{username\}/, () => id);
  const { partition, offset } = deadLetter;
  return path.replace('{partition}', String(partition)).replace('{offset}', id === known ? offset : id);
}

/** A list that the document does not explode is one value, with commas. */
function asSent(value: unknown, explode = true): unknown {
  return Array.isArray(value) && !explode ? value.join(',') : value;
}

async function send(method: string, path: string, { id, query, headers, body }: Request) {
  // What is deleted is made for it.
  const target = id === KNOWN ? (method === 'delete' ? await create() : known) : (id ?? '');
  return service.rest(null).request<string>({
    baseURL: service.url,
    method,
    url: pathOf(path, encodeURIComponent(target.toWellFormed())),
    params: query,
    headers: {
      Authorization: `Bearer ${ADMIN_TOKEN}`,
      ...headers,
      ...(body && { 'Content-Type': body.type }),
    },
    data: body?.text,
    transformRequest: (data: unknown) => data,
    responseType: 'text',
    transformResponse: (data: unknown) => data,
  });
}

/** Judges of the answers' schemas, made once. */
function judgeOf(schema: Schema): ValidateFunction {
  const reference = schema.$ref ?? '';
  const judge = judges.get(reference) ?? ajv.compile({ $ref: `document${reference}` });
  judges.set(reference, judge);
  return judge;
}

function check({ responses }: Operation, answer: AxiosResponse<string>): void {
  const response = responses[String(answer.status)];
  expect(answer.status, answer.data).toBeLessThan(500);
  expect(response, `status ${answer.status} is not documented: ${answer.data}`).toBeDefined();
  for (const [name, { required = false }] of Object.entries(response?.headers ?? {}))
    if (required) expect(Object.keys(answer.headers)).toContain(name.toLowerCase());
  const type = String(answer.headers['content-type'] ?? '').split(';')[0] ?? '';
  const content = response?.content?.[type];
  if (response?.content === undefined) {
    expect(answer.data).toBe('');
    return;
  }
  if (!content) throw new Error(`an answer of type "${type}" is not documented for ${answer.status}`);
  const value: unknown = JSON.parse(answer.data);
  const judge = judgeOf(content.schema);
  expect(judge(value), JSON.stringify(judge.errors)).toBe(true);
  if (answer.status < 400) return;
  const { code } = value as { code: ProblemCode };
  expect(type).toBe('application/problem+json');
  expect(PROBLEM_CODES).toContain(code);
  expect(PROBLEMS[code].status).toBe(answer.status);
}

it('every operation answers any request as the document says', async () => {
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const statuses = new Set<number>();
      await fc.assert(
        fc.asyncProperty(requestsOf(operation), async (request) => {
          const answer = await send(method, path, request);
          statuses.add(answer.status);
          check(operation, answer);
        }),
        seeded(100),
      );
      // Requests that nobody can get right would show nothing.
      expect([operation.operationId, [...statuses].some((status) => status < 300)]).toEqual([
        operation.operationId,
        true,
      ]);
    }
  }
  expect(await service.rest().get<unknown>('/webhooks')).toMatchObject({ status: 200 });
});
