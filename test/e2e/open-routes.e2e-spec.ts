/** Routes that need no token: strangers who call them over and over cost PostgreSQL next to nothing. */
import axios from 'axios';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

const CALLS = 100;

let stage: Stage;
let proxy: TcpProxy;
let service: Service;
/** Of all connections. */
let sent = '';

beforeAll(async () => {
  stage = await Stage.set();
  const url = new URL(stage.database.url);
  proxy = await TcpProxy.to({ host: url.hostname, port: Number(url.port) }, (bytes) => {
    sent += bytes.toString('latin1');
  });
  url.port = String(proxy.port);
  service = await stage.startService({ DATABASE_URL: url.href });
});

afterAll(async () => {
  await stage.strike();
  await proxy.close();
});

it.each([
  ['/health/ready', 'SELECT 1\0', 1_000],
  ['/.well-known/jwks.json', 'SELECT private_key FROM service_keys', 5_000],
])('%s does not ask PostgreSQL with every call', async (path, statement, keptMs) => {
  const call = async (): Promise<unknown> => (await axios.get<unknown>(service.url + path)).data;
  const first = await call();
  const before = sent.split(statement).length;
  // Otherwise it would not be seen here how often it is asked.
  expect(before).toBeGreaterThan(1);
  const from = performance.now();
  for (let calls = 0; calls < CALLS; calls += 10) await Promise.all(Array.from({ length: 10 }, call));
  const most = 1 + (performance.now() - from) / keptMs;
  expect(sent.split(statement).length - before).toBeLessThanOrEqual(most);
  expect(most).toBeLessThan(CALLS / 2);
  expect(Object.keys((await call()) as object)).toEqual(Object.keys(first as object));
});
