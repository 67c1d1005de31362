import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AxiosError } from 'axios';
import { type AxiosInstance } from 'axios';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSettings } from '../config/read-settings.ts';
import { subnetsSettings } from '../config/subnets.settings.ts';
import { deliverySettings } from './delivery.settings.ts';
import { createHttpClient } from './http-client.ts';
import { Sender } from './sender.ts';

const SETTINGS = readSettings([subnetsSettings, deliverySettings], { ALLOWED_SUBNETS: '127.0.0.1/32' });

let server: Server;
let sender: Sender;
let client: AxiosInstance;
let url: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/hang') return;
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { method, url: path, headers } = request;
      response.writeHead(path === '/fail' ? 500 : 200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ method, path, body, contentType: headers['content-type'] }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  sender = new Sender(SETTINGS);
  client = createHttpClient(sender, 5_000);
});

afterAll(async () => {
  await sender.close();
  server.closeAllConnections();
  server.close();
});

describe('the axios instance', () => {
  it('sends and reads JSON as any axios does', async () => {
    const { status, data } = await client.post<unknown>(
      `${url}/users?a=1`,
      { name: 'jdoe' },
      { params: { b: 2 } },
    );
    expect([status, data]).toEqual([
      200,
      { method: 'POST', path: '/users?a=1&b=2', body: '{"name":"jdoe"}', contentType: 'application/json' },
    ]);
  });

  it('rejects a status that is not validated, with the answer', async () => {
    const error = await client.get(`${url}/fail`).catch((reason: unknown) => reason as AxiosError);
    expect(error).toMatchObject({ code: 'ERR_BAD_RESPONSE', response: { status: 500 } });
    await expect(client.get(`${url}/fail`, { validateStatus: () => true })).resolves.toMatchObject({
      status: 500,
    });
  });

  it('keeps its timeout', async () => {
    await expect(client.get(`${url}/hang`, { timeout: 50 })).rejects.toMatchObject({ code: 'ECONNABORTED' });
  });

  it('keeps the address rule, and knows no proxy of the environment', async () => {
    process.env['HTTP_PROXY'] = url;
    try {
      await expect(client.get('http://127.0.0.2:9/')).rejects.toMatchObject({ code: 'ERR_NETWORK' });
      await expect(client.get('http://[::1]:9/')).rejects.toThrow('private or reserved');
    } finally {
      delete process.env['HTTP_PROXY'];
    }
  });
});
