/**
 * `npm run chart:render`: writes the chart, as Helm renders it, to `deploy/kustomize/`. A test fails while the committed files
 * differ.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { renderChart } from './chart.ts';

const VALUES = { settings: { KAFKA_BROKERS: 'kafka:9092' }, migration: { hook: false } };
const DIRECTORY = 'deploy/kustomize';
/** What needs resources of others is a component, to be taken where these are known. */
const COMPONENTS: Readonly<Record<string, string>> = {
  'scaled-object.yaml': 'components/keda',
  'service-monitor.yaml': 'components/service-monitor',
};

/** The text of each file, by its path. */
export async function renderedFiles(): Promise<Map<string, string>> {
  const base = await renderChart(VALUES);
  const all = await renderChart({
    ...VALUES,
    autoscaling: { enabled: true },
    serviceMonitor: { enabled: true },
  });
  const files = [...all].map(async ([name, text]) => {
    const path = join(DIRECTORY, COMPONENTS[name] ?? 'base', name);
    const style = await resolveConfig(path);
    return [path, await format(base.get(name) ?? text, { ...style, parser: 'yaml' })] as const;
  });
  return new Map(await Promise.all(files));
}

if (import.meta.main) {
  for (const [path, text] of await renderedFiles()) writeFileSync(path, text);
}
