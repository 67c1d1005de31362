/**
 * Debian's Prometheus reads a service under load, and is asked all that the dashboard and the alerts ask. Only where there is
 * a `prometheus`: that the names are right is compared everywhere (`test/contracts/observing.spec.ts`).
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axios from 'axios';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { freePort } from '../../dev/ports.ts';
import { readDocument, readJson } from '../contracts/documents.ts';
import { eventually } from '../support/eventually.ts';
import { metricsOf } from '../support/promql.ts';
import { Stage } from '../support/stage.ts';
import { userEvent } from '../support/topics.ts';

type Series = readonly { readonly metric: Readonly<Record<string, string>> }[];
interface Rule {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
  readonly alerts: readonly { readonly state: string; readonly annotations: Record<string, string> }[];
}

const RULES = 'deploy/prometheus/alerts.yaml';
const DASHBOARD = readJson('deploy/grafana/user-webhooks.json') as {
  panels: { targets?: { expr: string }[] }[];
};
const QUERIES = DASHBOARD.panels.flatMap(({ targets }) => (targets ?? []).map(({ expr }) => expr));
/** What a service that works has nothing of. */
const OF_FAULTS = /== 0$|error_type!=""/;

let directory: string;
let prometheus: ChildProcess;
let url: string;
let stage: Stage;

beforeAll(async () => {
  stage = await Stage.set({ RETRY_SCHEDULE: '1s,1h' });
  const service = await stage.startService();
  stage.receiver.answer = ({ path }, response) => {
    response.statusCode = path === '/bad' ? 503 : 200;
    response.end();
  };
  await startPrometheus(new URL(service.url).host);
  await service.createWebhook({ url: stage.receiver.url('/good') });
  await service.createWebhook({ url: stage.receiver.url('/bad'), retry_schedule: ['1s'] });
  await service.createWebhook({ url: stage.receiver.url('/paused'), paused: true });
});

afterAll(async () => {
  const ended = once(prometheus, 'exit');
  if (prometheus.exitCode === null && prometheus.kill()) await ended;
  rmSync(directory, { recursive: true, force: true });
  await stage.strike();
});

async function startPrometheus(target: string): Promise<void> {
  directory = mkdtempSync(join(tmpdir(), 'prometheus-'));
  const listen = `127.0.0.1:${await freePort()}`;
  url = `http://${listen}`;
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [join(import.meta.dirname, '..', '..', RULES)],
    scrape_configs: [{ job_name: 'user-webhooks', static_configs: [{ targets: [target] }] }],
  };
  const file = join(directory, 'prometheus.yml');
  writeFileSync(file, JSON.stringify(config));
  const options = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${directory}`,
    `--web.listen-address=${listen}`,
  ];
  prometheus = spawn('prometheus', options, { stdio: 'ignore' });
}

async function get<Data>(path: string, params: Record<string, string> = {}): Promise<Data> {
  const { data } = await axios.get<{ error?: string; data: Data }>(`${url}/api/v1/${path}`, {
    params,
    validateStatus: () => true,
  });
  expect(data.error, params['query']).toBeUndefined();
  return data.data;
}

async function answerTo(expression: string): Promise<Series> {
  const query = expression.replaceAll(/\$__\w+/g, '30s').replaceAll(/\$(?:job|instance)/g, '.*');
  return (await get<{ result: Series }>('query', { query })).result;
}

async function writeSome(): Promise<void> {
  const users = Array.from({ length: 20 }, (_, at) => `user-${at}`);
  await stage.topics.write([
    ...users.map((user) => ({ key: user, value: JSON.stringify(userEvent(user)) })),
    { key: 'odd', value: 'no JSON' },
  ]);
}

describe.runIf(spawnSync('prometheus', ['--version']).status === 0)(
  'a Prometheus that reads the service',
  () => {
    it('has an answer to each query of the dashboard, while there is load', async () => {
      expect(QUERIES.length).toBeGreaterThan(50);
      await eventually(async () => {
        await writeSome();
        const unanswered: string[] = [];
        for (const query of QUERIES) if ((await answerTo(query)).length === 0) unanswered.push(query);
        expect(unanswered.filter((query) => !OF_FAULTS.test(query))).toEqual([]);
      });
    });

    it('evaluates each alert, and has what each asks for', async () => {
      const { groups } = parse(readDocument(RULES)) as { groups: { rules: { expr: string }[] }[] };
      const expressions = groups.flatMap(({ rules }) => rules.map(({ expr }) => expr));
      for (const { metric } of expressions.flatMap((expression) => metricsOf(expression)))
        expect((await answerTo(metric)).length, metric).toBeGreaterThan(0);
      const rules = await eventually(async () => {
        const loaded = (await get<{ groups: { rules: Rule[] }[] }>('rules')).groups.flatMap(
          ({ rules }) => rules,
        );
        expect(loaded.filter(({ health }) => health !== 'ok')).toEqual([]);
        expect(loaded).toHaveLength(expressions.length);
        const firing = loaded.filter(({ alerts }) => alerts.some(({ state }) => state === 'firing'));
        expect(firing.map(({ name }) => name)).toEqual(['UserWebhooksDeadLetters', 'UserWebhooksGivenUp']);
        return firing;
      });
      expect(rules.map(({ alerts }) => alerts[0]?.annotations['summary'])).toEqual([
        'Records were dead-lettered as invalid_json',
        'Deliveries were given up with http_status',
      ]);
    });
  },
);
