/** What receivers answer, and what becomes of it: seen through test sends, which take the path of every delivery. */
import { createServer } from 'node:https';
import { createServer as createPlainServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Attempt } from '../../src/model/attempt.ts';
import { withClient } from '../../dev/embedded-postgres.ts';
import { eventually } from '../support/eventually.ts';
import { RawReceiver, type Behaviour } from '../support/raw-receiver.ts';
import type { Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { SELF_SIGNED } from '../support/self-signed.ts';

let stage: Stage;
let service: Service;
let webhookId: string;
let raw: RawReceiver;

const respond =
  (head: string, body = ''): Behaviour =>
  (socket) =>
    void socket.write(`HTTP/1.1 ${head}\r\n\r\n${body}`);

beforeAll(async () => {
  stage = await Stage.set();
  service = await stage.startService();
  raw = await RawReceiver.start(respond('200 OK\r\ncontent-length: 0'));
  webhookId = await service.createWebhook({ url: raw.url, timeout_ms: 5_000 });
});

afterEach(() => {
  raw.requests.length = 0;
});

afterAll(async () => {
  await raw.close();
  await stage.strike();
});

async function testSend(id = webhookId): Promise<Attempt> {
  const answer = await service.rest().post<Attempt>(`/webhooks/${id}/test`, { trigger: 'user_created' });
  expect(answer.status).toBe(200);
  return answer.data;
}

async function patch(values: Record<string, unknown>): Promise<void> {
  const answer = await service.rest().patch(`/webhooks/${webhookId}`, values);
  expect(answer.status).toBe(200);
}

describe('an answer', () => {
  it.each<[string, Behaviour, Partial<Attempt>]>([
    [
      '204 without a body',
      respond('204 No Content'),
      { outcome: 'delivered', status_code: 204, response_body: '' },
    ],
    [
      '103 before the 200',
      respond('103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2', 'ok'),
      { outcome: 'delivered', status_code: 200, response_body: 'ok' },
    ],
    [
      'an unasked 100 before the 200, folded headers and a blank behind the length',
      respond('100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nx: a\r\n b\r\ncontent-length: 2 ', 'ok'),
      { outcome: 'delivered', status_code: 200, response_body: 'ok' },
    ],
    [
      'chunked',
      respond('200 OK\r\ntransfer-encoding: chunked', '2\r\nok\r\n0\r\n\r\n'),
      { outcome: 'delivered', response_body: 'ok' },
    ],
    [
      '301',
      respond('301 Moved\r\nlocation: /elsewhere\r\ncontent-length: 0'),
      { outcome: 'failed', status_code: 301, error_code: 'redirect' },
    ],
    ['304', respond('304 Not Modified'), { outcome: 'failed', status_code: 304, error_code: 'redirect' }],
    [
      '410',
      respond('410 Gone\r\ncontent-length: 4', 'gone'),
      { outcome: 'failed', status_code: 410, error_code: 'http_status', response_body: 'gone' },
    ],
    [
      '500',
      respond('500 Oops\r\ncontent-length: 0'),
      { outcome: 'failed', status_code: 500, error_code: 'http_status' },
    ],
    [
      'no HTTP',
      (socket) => void socket.write('SSH-2.0-OpenSSH_9.9\r\n'),
      { outcome: 'failed', status_code: null, error_code: 'invalid_response' },
    ],
    [
      'headers without end',
      (socket) => {
        socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(20_000)}`);
      },
      { outcome: 'failed', error_code: 'invalid_response' },
    ],
    [
      'more bytes than it announced',
      respond('200 OK\r\ncontent-length: 2\r\nconnection: close', 'toolong'),
      { outcome: 'delivered', response_body: 'to' },
    ],
    [
      'closed before any byte',
      (socket) => {
        socket.destroy();
      },
      { outcome: 'failed', status_code: null, error_code: 'connection_reset' },
    ],
    [
      'reset',
      (socket) => {
        socket.resetAndDestroy();
      },
      { outcome: 'failed', error_code: 'connection_reset' },
    ],
    [
      'cut off in the body',
      (socket) => {
        socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf');
      },
      { outcome: 'failed', error_code: 'connection_reset' },
    ],
  ])('%s', async (_what, behave, expected) => {
    raw.behave = behave;
    const attempt = await testSend();
    expect(attempt).toMatchObject({
      reason: 'test',
      attempt: 1,
      next_attempt_at: null,
      source_topic: null,
      ...expected,
    });
    if (expected.outcome === 'failed') expect(attempt.error_message).toBeTruthy();
  });

  it('that never ends is cut off at 64 KiB and judged by its status; 1 KiB is kept', async () => {
    let socket: Socket | null = null;
    raw.behave = (from) => {
      socket = from;
      const pour = (): void => {
        while (!from.destroyed && from.write('a'.repeat(1_024)));
        if (!from.destroyed) from.once('drain', pour);
      };
      from.write('HTTP/1.1 200 OK\r\n\r\n');
      pour();
    };
    const attempt = await testSend();
    expect(attempt).toMatchObject({
      outcome: 'delivered',
      status_code: 200,
      response_body: 'a'.repeat(1_024),
    });
    await eventually(() => {
      expect(socket?.destroyed).toBe(true);
    });
  });

  it('that hangs, or trickles past the deadline, is a timeout', async () => {
    await patch({ timeout_ms: 300 });
    raw.behave = () => undefined;
    expect(await testSend()).toMatchObject({ outcome: 'failed', status_code: null, error_code: 'timeout' });
    raw.behave = (socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n');
      const timer = setInterval(() => socket.write('a'), 20);
      socket.once('close', () => {
        clearInterval(timer);
      });
    };
    const attempt = await testSend();
    expect(attempt).toMatchObject({ outcome: 'failed', error_code: 'timeout' });
    expect(attempt.duration_ms).toBeGreaterThanOrEqual(299);
    await patch({ timeout_ms: 5_000 });
  });

  it('is published, test sends too', async () => {
    raw.behave = respond('200 OK\r\ncontent-length: 0');
    const attempt = await testSend();
    await eventually(() => {
      expect(stage.attempts).toContainEqual(attempt);
    });
  });
});

describe('an attempt is one request', () => {
  it.each<[string, Behaviour]>([
    ['an unasked 100 Continue and nothing else', respond('100 Continue')],
    [
      'half an answer and a reset',
      (socket) => {
        socket.write('HTTP/1.1 200 O', () => socket.resetAndDestroy());
      },
    ],
  ])('also when the receiver answers with %s', async (_what, behave) => {
    raw.behave = behave;
    expect(await testSend()).toMatchObject({ outcome: 'failed', status_code: null });
    expect(raw.requests).toHaveLength(1);
  });
});

describe('what a receiver echoes', () => {
  it('shows neither its token nor its headers to those who read results', async () => {
    const id = await service.createWebhook({
      url: stage.receiver.url('/echo'),
      secret_token: 'TOP-SECRET-TOKEN',
      headers: { 'X-Api-Key': 'TOP-SECRET-KEY' },
    });
    stage.receiver.answer = ({ headers }, response) => void response.end(JSON.stringify(headers));
    const attempt = await testSend(id);
    expect(attempt.response_body).toContain('Bearer ***');
    expect(JSON.stringify(attempt)).not.toContain('TOP-SECRET');
    stage.receiver.answer = (_request, response) => void response.end('ok');
  });
});

describe('a kept-alive connection', () => {
  it('is used again, also after a GET with a body', async () => {
    await patch({ method: 'GET' });
    const counts: number[] = [];
    raw.behave = (socket, count) => {
      counts.push(count);
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
    };
    await testSend();
    await testSend();
    expect(counts.at(-1)).toBeGreaterThan(1);
    expect(raw.requests.at(-1)).toMatch(
      /^GET \/ HTTP\/1\.1\r\n[^]*content-length: \d+\r\n\r\n\{"username":"jdoe"/i,
    );
    await patch({ method: 'POST' });
  });

  it('that the receiver closes under the request is no failure of the endpoint: it is sent again on a fresh one', async () => {
    raw.behave = respond('200 OK\r\ncontent-length: 0');
    await testSend();
    raw.requests.length = 0;
    raw.behave = (socket, count) => {
      if (count > 1) socket.destroy();
      else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
    };
    expect(await testSend()).toMatchObject({ outcome: 'delivered', attempt: 1 });
    expect(raw.requests).toHaveLength(2);
    expect(raw.requests[0]).toBe(raw.requests[1]?.replace('connection: close', 'connection: keep-alive'));
  });
});

describe('no answer, because', () => {
  it('nobody listens', async () => {
    const gone = await RawReceiver.start(() => undefined);
    const id = await service.createWebhook({ url: gone.url });
    await gone.close();
    expect(await testSend(id)).toMatchObject({
      outcome: 'failed',
      status_code: null,
      error_code: 'connection_refused',
    });
  });

  it('the certificate is not trusted', async () => {
    const server = createServer(SELF_SIGNED, (_request, response) => response.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const id = await service.createWebhook({
      url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    });
    expect(await testSend(id)).toMatchObject({
      outcome: 'failed',
      status_code: null,
      error_code: 'tls_error',
    });
    server.closeAllConnections();
    server.close();
  });

  it('the receiver does not speak TLS', async () => {
    const server = createPlainServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const id = await service.createWebhook({
      url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    });
    expect(await testSend(id)).toMatchObject({
      outcome: 'failed',
      status_code: null,
      error_code: 'tls_error',
    });
    server.close();
  });

  it('the address is not allowed, though it was written into the database past every check', async () => {
    const id = await service.createWebhook({ url: 'http://127.0.0.1:9/blocked' });
    await withClient(stage.database.url, async (client) => {
      await client.query('UPDATE webhooks SET url = $1 WHERE id = $2', ['http://[::1]:9/blocked', id]);
    });
    const attempt = await testSend(id);
    expect(attempt).toMatchObject({ outcome: 'failed', error_code: 'blocked_address' });
    expect(attempt.error_message).toContain('::1');
  });

  it('the URL is none, though it was written into the database past every check', async () => {
    const id = await service.createWebhook({ url: 'http://127.0.0.1:9/nonsense' });
    await withClient(stage.database.url, async (client) => {
      await client.query('UPDATE webhooks SET url = $1 WHERE id = $2', ['nonsense', id]);
    });
    expect(await testSend(id)).toMatchObject({ outcome: 'failed', error_code: 'dns_error' });
  });
});

describe('a test send', () => {
  it('reaches a disabled webhook', async () => {
    const id = await service.createWebhook({ url: stage.receiver.url('/disabled'), enabled: false });
    expect(await testSend(id)).toMatchObject({ outcome: 'delivered', reason: 'test' });
    expect(stage.receiver.of('/disabled')).toHaveLength(1);
  });

  it('says what is wrong with a request for one', async () => {
    const unknown = await service
      .rest()
      .post('/webhooks/019ab000-0000-7000-8000-000000000000/test', { trigger: 'user_keys' });
    expect([unknown.status, (unknown.data as { code: string }).code]).toEqual([404, 'not_found']);
    const wrong = await service.rest().post(`/webhooks/${webhookId}/test`, { trigger: 'group_created' });
    expect([wrong.status, (wrong.data as { code: string }).code]).toEqual([400, 'validation_failed']);
    const none = await service.rest(null).post(`/webhooks/${webhookId}/test`, { trigger: 'user_keys' });
    expect(none.status).toBe(401);
  });
});
