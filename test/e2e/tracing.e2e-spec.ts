/** Traces: from the producer's record over the request to the result, and nothing in them that is nobody's business. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Collector, type CollectedSpan } from '../support/collector.ts';
import { eventually } from '../support/eventually.ts';
import type { Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { userEvent } from '../support/topics.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const PRODUCER = 'b7ad6b7169203331';
const traceparent = `00-${TRACE_ID}-${PRODUCER}-01`;

let collector: Collector;
let stage: Stage;
let service: Service;

beforeAll(async () => {
  collector = await Collector.start();
  stage = await Stage.set({
    TRACING: 'true',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_SERVICE_NAME: 'hooks',
    OTEL_BSP_SCHEDULE_DELAY: '200',
    RETRY_SCHEDULE: '100ms,1h',
  });
  service = await stage.startService();
  let refused = false;
  stage.receiver.answer = ({ path }, response) => {
    response.statusCode = path.startsWith('/second') && !refused ? 503 : 200;
    if (response.statusCode === 503) refused = true;
    response.end();
  };
  await service.createWebhook({
    url: stage.receiver.url('/first/s3cret-path?key=s3cret-query'),
    secret_token: 's3cret-token',
  });
  await service.createWebhook({ url: stage.receiver.url('/second') });
  await stage.topics.write([
    { key: 'jdoe', value: JSON.stringify(userEvent('jdoe-s3cret')), headers: { traceparent } },
  ]);
  await eventually(() => {
    expect(stage.records).toHaveLength(3);
    expect(named('deliver')).toHaveLength(3);
    expect(named(`publish ${stage.topics.deliveries}`)).toHaveLength(3);
    expect(named(`receive ${stage.topics.events}`)).toHaveLength(1);
  });
});

afterAll(async () => {
  await stage.strike();
  await collector.close();
});

function named(name: string): CollectedSpan[] {
  return collector.spans.filter((span) => span.name === name);
}

function attributesOf(span: CollectedSpan | undefined): Record<string, unknown> {
  return Object.fromEntries(
    (span?.attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0]] as const),
  );
}

describe('an event that a producer traces', () => {
  it('goes on in its trace: receive, deliver with the attempt in it, publish, store', () => {
    const [receive] = named(`receive ${stage.topics.events}`);
    expect(receive).toMatchObject({ traceId: TRACE_ID, parentSpanId: PRODUCER, kind: 5 });
    const deliveries = named('deliver');
    for (const { traceId, parentSpanId } of [...deliveries, ...named('store retries')]) {
      expect([traceId, parentSpanId]).toEqual([TRACE_ID, receive?.spanId]);
    }
    expect(named('store retries').length).toBeGreaterThan(0);
    const within = new Set(deliveries.map(({ spanId }) => spanId));
    for (const inner of [named('POST'), named(`publish ${stage.topics.deliveries}`)]) {
      expect(new Set(inner.map(({ parentSpanId }) => parentSpanId))).toEqual(within);
    }
  });

  it('carries the trace in each request and in each result', () => {
    const attempts = new Set(named('POST').map(({ spanId }) => `00-${TRACE_ID}-${spanId}-01`));
    expect(new Set(stage.receiver.requests.map(({ headers }) => headers['traceparent']))).toEqual(attempts);
    const deliveries = new Set(named('deliver').map(({ spanId }) => `00-${TRACE_ID}-${spanId}-01`));
    const results = stage.records.map(({ message }) => String(message.headers?.['traceparent']));
    expect(new Set(results)).toEqual(deliveries);
  });

  it('says where each attempt went and how it ended', () => {
    const { port } = new URL(stage.receiver.url());
    const attempts = named('POST').map((span) => ({
      ...attributesOf(span),
      failed: span.status?.code === 2,
    }));
    expect(attempts).toHaveLength(3);
    for (const attempt of attempts) {
      expect(attempt).toMatchObject({ 'server.address': '127.0.0.1', 'http.request.method': 'POST' });
      expect(Number(attempt['server.port' as keyof typeof attempt])).toBe(Number(port));
    }
    expect(attempts.filter(({ failed }) => failed)).toMatchObject([
      { 'http.response.status_code': 503, 'error.type': 'http_status', 'user_webhooks.attempt': 1 },
    ]);
  });

  it('says nothing secret: no path, query or token, and nobody', () => {
    expect(JSON.stringify(collector.exports)).not.toContain('s3cret');
  });
});

it('a test send has the same spans, in a trace of its own', async () => {
  const known = new Set(collector.spans.map(({ traceId }) => traceId));
  const id = await service.createWebhook({ url: stage.receiver.url('/tested/s3cret-path') });
  const { status, data } = await service
    .rest()
    .post<{ delivery_id: string }>(`/webhooks/${id}/test`, { trigger: 'user_created' });
  expect(status).toBe(200);
  const spans = await eventually(() => {
    const own = collector.spans.filter(({ traceId }) => !known.has(traceId));
    expect(own).toHaveLength(3);
    return own;
  });
  const [deliver] = spans.filter(({ name }) => name === 'deliver');
  expect(deliver?.parentSpanId ?? '').toBe('');
  expect(attributesOf(deliver)).toMatchObject({
    'user_webhooks.delivery.id': data.delivery_id,
    'user_webhooks.webhook.id': id,
    'user_webhooks.outcome': 'delivered',
  });
  const inner = spans.filter(({ parentSpanId }) => parentSpanId === deliver?.spanId);
  expect(inner.map(({ name }) => name).sort()).toEqual(['POST', `publish ${stage.topics.deliveries}`]);
  const attempt = inner.find(({ name }) => name === 'POST');
  expect(stage.receiver.requests.at(-1)?.headers['traceparent']).toBe(
    `00-${attempt?.traceId ?? ''}-${attempt?.spanId ?? ''}-01`,
  );
  expect(JSON.stringify(spans)).not.toContain('s3cret');
  // The last test counts requests, so this webhook must not get more.
  expect((await service.rest().delete(`/webhooks/${id}`)).status).toBe(204);
});

it("the service has the name that OpenTelemetry's variable gives it", () => {
  const { attributes } = collector.exports[0]?.resourceSpans[0]?.resource ?? { attributes: [] };
  expect(attributes).toContainEqual({ key: 'service.name', value: { stringValue: 'hooks' } });
});

it('a collector that is away costs nothing but its spans', async () => {
  await collector.close();
  const before = stage.receiver.requests.length;
  await stage.topics.write([{ key: 'other', value: JSON.stringify(userEvent('other')) }]);
  await eventually(() => {
    expect(stage.receiver.requests.length).toBe(before + 2);
  });
  expect(await service.stop()).toEqual({ code: 0, signal: null });
});
