/** Proxies: those of the environment never see a delivery, the operator's own sees all of them. */
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Attempt } from '../../src/model/attempt.ts';
import { ConnectProxy } from '../support/connect-proxy.ts';
import type { Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { AUTHORITY, OTHER_AUTHORITY, TRUSTED } from '../support/test-authority.ts';

const PASSWORD = 'pa55word-of-the-proxy';

let stage: Stage;
let proxy: ConnectProxy;
let secure: Server;
const home = mkdtempSync(join(tmpdir(), 'user-webhooks-proxies-'));

beforeAll(async () => {
  stage = await Stage.set();
  proxy = await ConnectProxy.start(TRUSTED);
  secure = createServer(TRUSTED, (_request, response) => response.end('secure'));
  await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
  writeFileSync(join(home, 'authority.pem'), AUTHORITY);
});

afterAll(async () => {
  await stage.strike();
  await proxy.close();
  secure.closeAllConnections();
  secure.close();
  rmSync(home, { recursive: true });
});

async function testSend(service: Service, values: Record<string, unknown>): Promise<Attempt> {
  const id = await service.createWebhook(values);
  const answer = await service.rest().post<Attempt>(`/webhooks/${id}/test`, { trigger: 'user_created' });
  await service.rest().delete(`/webhooks/${id}`);
  return answer.data;
}

const secureUrl = (): string => `https://127.0.0.1:${(secure.address() as AddressInfo).port}/`;

describe('without DELIVERY_PROXY', () => {
  let service: Service;

  beforeAll(async () => {
    const trap = `http://127.0.0.1:${proxy.port}`;
    const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()]);
    service = await stage.startService({
      ...Object.fromEntries(names.map((name) => [name, trap])),
      NODE_USE_ENV_PROXY: '1',
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
    });
  });

  it('deliveries are direct, whatever proxy the environment names', async () => {
    expect(await testSend(service, { url: stage.receiver.url('/direct') })).toMatchObject({
      outcome: 'delivered',
    });
    expect(stage.receiver.of('/direct')).toHaveLength(1);
    expect(proxy.connections).toBe(0);
  });

  it('a receiver whose name is written with a dot at its end is reached over TLS', async () => {
    const url = secureUrl().replace('127.0.0.1', 'localhost.');
    expect(await testSend(service, { url, ca_certificates: AUTHORITY })).toMatchObject({
      outcome: 'delivered',
      webhook_url: url.replace('localhost.', 'localhost'),
    });
  });

  it('a certificate authority is trusted by the webhook that names it, and by no other', async () => {
    const trusting = { url: secureUrl(), ca_certificates: AUTHORITY };
    expect(await testSend(service, trusting)).toMatchObject({
      outcome: 'delivered',
      response_body: 'secure',
    });
    expect(await testSend(service, { url: secureUrl() })).toMatchObject({ error_code: 'tls_error' });
    const other = { url: secureUrl(), ca_certificates: OTHER_AUTHORITY };
    expect(await testSend(service, other)).toMatchObject({ error_code: 'tls_error' });
    expect(proxy.connections).toBe(0);
  });
});

describe('with DELIVERY_PROXY', () => {
  let service: Service;

  beforeAll(async () => {
    proxy.credentials = `user:${PASSWORD}`;
    service = await stage.startService({
      DELIVERY_PROXY: `https://user:${PASSWORD}@localhost:${proxy.port}`,
      NODE_EXTRA_CA_CERTS: join(home, 'authority.pem'),
    });
  });

  it('all deliveries go through it, and it resolves their names', async () => {
    const plain = { url: `http://receiver.invalid:${stage.receiver.port}/proxied` };
    const sent = await testSend(service, plain);
    expect([sent.outcome, sent.error_message]).toEqual(['delivered', null]);
    expect(await testSend(service, { url: secureUrl() })).toMatchObject({ response_body: 'secure' });
    expect(stage.receiver.of('/proxied')[0]?.headers).not.toHaveProperty('proxy-authorization');
    expect(proxy.asked).toEqual([`receiver.invalid:${stage.receiver.port}`, new URL(secureUrl()).host]);
  });

  it('its password is in no log line', () => {
    expect(JSON.stringify(service.log)).not.toContain(PASSWORD);
    expect(service.stderr).not.toContain(PASSWORD);
  });
});
