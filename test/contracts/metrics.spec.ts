/** The tables of docs/operating.md have every metric, as the code names and explains it. */
import { expect, it } from 'vitest';
import { Metrics } from '../../src/metrics/metrics.ts';
import { Chapter, code, readDocument } from './documents.ts';

interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly labelNames: readonly string[];
}

const FAMILIES = new Metrics().registry.getMetricsAsArray() as unknown as Family[];

it('the table of metrics has every metric, in order, with its labels and its meaning', () => {
  const rows = new Chapter(readDocument('docs/operating.md'), '## Metrics').table(
    'metric',
    'type',
    'labels',
    'meaning',
  );
  expect(rows.map(([name, type, labels, help]) => [code(name)[0], type, code(labels), help])).toEqual(
    FAMILIES.map(({ name, type, labelNames, help }) => [name, type, [...labelNames], help]),
  );
});

it('names have their unit and say whether they only grow, as Prometheus wants it', () => {
  for (const { name, type } of FAMILIES) {
    expect(name).toMatch(/^(?:user_webhooks|http_client|messaging_client)_[a-z_]+$/);
    expect(name.endsWith('_total'), name).toBe(type === 'counter');
  }
});
