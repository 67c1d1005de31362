/** The dashboard and the alerts ask for metrics and labels that there are, and every alert has its chapter. */
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { Metrics } from '../../src/metrics/metrics.ts';
import { groupedBy, metricsOf } from '../support/promql.ts';
import { readDocument, readJson } from './documents.ts';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook_url: string };
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly { readonly expr: string }[];
}

const RULES = (parse(readDocument('deploy/prometheus/alerts.yaml')) as { groups: { rules: Rule[] }[] }).groups
  .flatMap(({ rules }) => rules)
  .map((rule) => [rule.alert, rule] as const);
const DASHBOARD = readJson('deploy/grafana/user-webhooks.json') as {
  panels: Panel[];
  annotations: { list: { expr: string }[] };
  templating: { list: { name: string; definition?: string }[] };
};
const PANELS = DASHBOARD.panels.map((panel) => [panel.title, panel] as const);
/** Prometheus gives these to all that it scrapes. */
const OF_TARGETS = ['job', 'instance'];
const LABELS = labelsByName();

/** With the names that histograms have in queries. */
function labelsByName(): ReadonlyMap<string, readonly string[]> {
  const metrics = new Metrics();
  metrics.watchProcess();
  const labels = new Map<string, readonly string[]>();
  for (const { name, labelNames, type } of metrics.registry.getMetricsAsArray() as unknown as {
    name: string;
    type: string;
    labelNames: readonly string[];
  }[]) {
    const own = [...labelNames, ...OF_TARGETS];
    labels.set(name, own);
    if (type !== 'histogram') continue;
    for (const part of ['bucket', 'sum', 'count']) {
      labels.set(`${name}_${part}`, part === 'bucket' ? [...own, 'le'] : own);
    }
  }
  return labels;
}

function check(expression: string): void {
  const asked = metricsOf(expression);
  expect(asked.length).toBeGreaterThan(0);
  for (const { metric, labels } of asked) {
    const known = LABELS.get(metric);
    expect(known, `${metric} of ${expression}`).toBeDefined();
    expect(known, `labels of ${metric}`).toEqual(expect.arrayContaining([...labels]));
  }
  const all = asked.flatMap(({ metric }) => LABELS.get(metric) ?? []);
  expect(all, expression).toEqual(expect.arrayContaining(groupedBy(expression)));
}

it('an expression that is none, or asks for what there is not, is found', () => {
  expect(() => {
    check('sum(rate(user_webhooks_info[5m])');
  }).toThrow('no PromQL');
  expect(() => {
    check('user_webhooks_information');
  }).toThrow('user_webhooks_information');
  expect(() => {
    check('user_webhooks_up{state="open"}');
  }).toThrow('labels of user_webhooks_up');
  expect(() => {
    check('sum by (state) (user_webhooks_up)');
  }).toThrow('sum by (state)');
});

describe('the alerts', () => {
  it.each(RULES)('%s asks for what there is', (_name, { expr, labels }) => {
    check(expr);
    expect(['critical', 'warning', 'info']).toContain(labels.severity);
  });

  it('have each a chapter of docs/operating.md, in order, and a test', () => {
    const chapters = [...readDocument('docs/operating.md').matchAll(/^### (UserWebhooks\w+)$/gm)];
    expect(chapters.map(([, name]) => name)).toEqual(RULES.map(([name]) => name));
    const tests = readDocument('deploy/prometheus/alerts.test.yaml');
    for (const [name, { annotations }] of RULES) {
      expect(annotations.runbook_url).toBe(`docs/operating.md#${name.toLowerCase()}`);
      const tested = tests.match(new RegExp(`alertname: ${name}\\b`, 'g')) ?? [];
      expect(tested.length, `tests of ${name}`).toBeGreaterThan(1);
    }
  });
});

describe('the dashboard', () => {
  it.each(PANELS)(
    '%s asks for what there is, and names its unit',
    (_title, { type, targets, fieldConfig }) => {
      if (type === 'row') return;
      expect(fieldConfig?.defaults.unit).toBeDefined();
      expect(targets?.length).toBeGreaterThan(0);
      for (const { expr } of targets ?? []) check(expr);
    },
  );

  it('asks with its variables, and its annotations too', () => {
    for (const { expr } of DASHBOARD.annotations.list) check(expr);
    expect(DASHBOARD.templating.list.map(({ name }) => name)).toEqual(['datasource', 'job', 'instance']);
    for (const { definition } of DASHBOARD.templating.list) {
      if (definition !== undefined)
        expect(definition).toMatch(/^label_values\(user_webhooks_info(?:\{.*\})?, /);
    }
  });

  it('has no panel over another', () => {
    const cells = DASHBOARD.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)} ${y + Math.floor(at / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(new Set(DASHBOARD.panels.map(({ id }) => id)).size).toBe(DASHBOARD.panels.length);
  });
});
