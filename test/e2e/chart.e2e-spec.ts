/** The chart, rendered by Helm itself: what is committed of it, odd values, wrong values; and what KEDA asks PostgreSQL. */
import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { renderChart } from '../../dev/chart.ts';
import { withClient } from '../../dev/embedded-postgres.ts';
import { renderedFiles } from '../../dev/render-chart.ts';
import { runMigrations } from '../../src/database/migrate.ts';
import { readDocument } from '../contracts/documents.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

const SETTINGS = { KAFKA_BROKERS: 'kafka:9092' };
const databases: TestDatabase[] = [];

afterEach(async () => {
  await Promise.all(databases.splice(0).map((database) => database.drop()));
});

it('deploy/kustomize has what Helm renders; else run `npm run chart:render`', async () => {
  const files = await renderedFiles();
  expect(files.size).toBe(7);
  for (const [path, text] of files) expect(readDocument(path), path).toBe(text);
});

it('settings arrive as they were given, whatever is in them', async () => {
  const settings = {
    KAFKA_BROKERS: 'kafka-1:9092,kafka-2:9092',
    KAFKA_CLIENT_ID: `it's "quoted" {{ .Values }} \\ # : ü`,
    CREATE_TOPICS: true,
    // As a float it would be 8.388608e+06.
    MAX_EVENT_BYTES: 8_388_608,
    // As a whole number it was 0: no trace was kept.
    TRACING_SHARE: 0.25,
    PORT: 8080,
  };
  const fieldRef = { fieldPath: 'status.hostIP' };
  const rendered = await renderChart({
    settings,
    secretSettings: {
      ADMIN_TOKEN: null,
      VIEWER_TOKEN: { secret: 'other', key: 'viewer' },
    },
    extraEnv: [
      { name: 'NODE_IP', valueFrom: { fieldRef } },
      { name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: 'http://$(NODE_IP):4318' },
    ],
    replicas: 3,
    podLabels: { team: 'a', cost: '0' },
    tolerations: [{ key: 'x', operator: 'Exists' }],
    volumes: [{ name: 'ca', secret: { secretName: 'kafka-ca' } }],
    volumeMounts: [{ name: 'ca', mountPath: '/etc/kafka', readOnly: true }],
    migration: { enabled: false },
    networkPolicy: {
      from: [{ namespaceSelector: {} }],
      egress: [{ ports: [{ port: 9092 }], to: [{ podSelector: {} }] }],
    },
  });
  const pod = { volumes: [{ name: 'ca' }], tolerations: [{ key: 'x' }] };
  const deployment = parse(rendered.get('deployment.yaml') ?? '') as {
    spec: { template: { spec: { containers: { env: { name: string; value?: string }[] }[] } } };
  };
  expect(deployment).toMatchObject({ spec: { replicas: 3, template: { spec: pod } } });
  const [container] = deployment.spec.template.spec.containers;
  const environment = Object.fromEntries((container?.env ?? []).map(({ name, value }) => [name, value]));
  expect(environment).toEqual({
    ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)])),
    DATABASE_URL: undefined,
    SECRETS_KEY: undefined,
    VIEWER_TOKEN: undefined,
    NODE_IP: undefined,
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://$(NODE_IP):4318',
  });
  expect(container?.env).toContainEqual({ name: 'NODE_IP', valueFrom: { fieldRef } });
  expect(container).toMatchObject({
    ports: [{ containerPort: 8080 }],
    volumeMounts: [{ mountPath: '/etc/kafka' }],
  });
  expect(rendered.has('migration.yaml')).toBe(false);
  const policy = parse(rendered.get('network-policy.yaml') ?? '') as { spec: { egress: unknown[] } };
  expect(policy).toMatchObject({ spec: { policyTypes: ['Ingress', 'Egress'] } });
  expect(policy.spec.egress.at(-1)).toEqual({ ports: [{ port: 9092 }], to: [{ podSelector: {} }] });
});

it('a pod is scaled by KEDA or has a number, and a long name of a release is cut', async () => {
  // As long as Helm takes it.
  const release = `a${'-very'.repeat(10)}-l`;
  const rendered = await renderChart(
    {
      settings: SETTINGS,
      autoscaling: { enabled: true, maxReplicas: 1_000_000, retries: { enabled: false } },
    },
    release,
  );
  const deployment = parse(rendered.get('deployment.yaml') ?? '') as { spec: object };
  expect(deployment.spec).not.toHaveProperty('replicas');
  expect(parse(rendered.get('scaled-object.yaml') ?? '')).toMatchObject({
    metadata: { name: release.slice(0, 40) },
    spec: { maxReplicaCount: 1_000_000, triggers: [{ type: 'kafka' }] },
  });
});

it('names and labels are no longer than Kubernetes takes them, and each image has a Job of its own', async () => {
  const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
  const jobs = new Set<string>();
  for (const image of [
    { tag: 'main-20261127-0900' },
    // Its first 14 characters are those of the one before, whose Job cannot be changed.
    { tag: 'main-20261127-1000' },
    { tag: `1_${'x.'.repeat(63)}` },
    { tag: 'main-20261127-0900', digest },
  ]) {
    const rendered = await renderChart(
      { settings: SETTINGS, image, migration: { hook: false } },
      'r'.repeat(53),
    );
    const job = parse(rendered.get('migration.yaml') ?? '') as {
      metadata: { name: string; labels: Record<string, string> };
      spec: { template: { spec: { containers: { image: string }[] } } };
    };
    expect(job.metadata.name).toMatch(/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/);
    expect(job.metadata.labels['app.kubernetes.io/version']).toMatch(
      /^[A-Za-z0-9](?:[-._A-Za-z0-9]{0,61}[A-Za-z0-9])?$/,
    );
    const pinned = 'digest' in image ? `@${image.digest}` : '';
    expect(job.spec.template.spec.containers[0]?.image).toBe(`user-webhooks:${image.tag}${pinned}`);
    jobs.add(job.metadata.name);
  }
  expect(jobs.size).toBe(4);
});

describe('values are refused, all at once and by name', () => {
  it('that are missing, unknown, or secrets where everybody can read them', async () => {
    const wrong = {
      settings: { KAFKA_BROKER: 'kafka:9092', KAFKA_SASL_PASSWORD: 'hunter2', PORT: 0 },
      extraEnv: [{ name: 'LOG_LEVEL', value: 'debug' }],
      // The pods would not be found by it any more.
      podLabels: { 'app.kubernetes.io/instance': 'mine' },
      image: { tag: 'sha256:0123', digest: 'latest' },
      secretSettings: { SECRETS_KEY: null, ADMIN_TOKEN: 'the-token-itself' },
      autoscaling: { minReplicas: 1 },
      replicaCount: 3,
    };
    const refused = await renderChart(wrong).catch((error: unknown) => String(error));
    for (const name of ['KAFKA_BROKERS', 'KAFKA_BROKER', 'KAFKA_SASL_PASSWORD', 'SECRETS_KEY', 'ADMIN_TOKEN'])
      expect(refused).toContain(name);
    const paths = [
      'settings/PORT',
      'extraEnv/0/name',
      'app.kubernetes.io/instance',
      'image/tag',
      'image/digest',
    ];
    for (const path of ['minReplicas', 'replicaCount', ...paths]) expect(refused).toContain(path);
  });
});

interface ScaledObject {
  readonly spec: { readonly triggers: readonly { readonly metadata: Readonly<Record<string, string>> }[] };
}

it('KEDA counts what is due, of a webhook only so many, and reads no entry that is not due', async () => {
  const database = await createDatabase();
  databases.push(database);
  await runMigrations(database.url);
  const keda = parse(readDocument('deploy/kustomize/components/keda/scaled-object.yaml')) as ScaledObject;
  const query = keda.spec.triggers[1]?.metadata['query'] ?? '';
  await withClient(database.url, async (client) => {
    const addRows = (webhook: string, count: number, due: string): Promise<unknown> =>
      client.query(
        `INSERT INTO retries (delivery_id, webhook_id, status, due_at, attempts, event_id, event_type, event_timestamp, body)
         SELECT gen_random_uuid(), $1, 'pending', now() + $2::interval, 1, 'e', 'user_created', '', ''
         FROM generate_series(1, $3)`,
        [webhook, due, count],
      );
    const webhook = (enabled: boolean): Promise<string> =>
      client
        .query<{ id: string }>(
          `INSERT INTO webhooks (id, url, triggers, method, enabled)
           VALUES (gen_random_uuid(), 'https://a.example/' || gen_random_uuid(), '{user_created}', 'POST', $1) RETURNING id`,
          [enabled],
        )
        .then(({ rows }) => rows[0]?.id ?? '');
    const [busy, quiet, disabled] = [await webhook(true), await webhook(true), await webhook(false)];
    await addRows(busy, 7_000, '-1 minute');
    await addRows(quiet, 30, '-1 minute');
    await addRows(quiet, 20_000, '1 hour');
    await addRows(disabled, 100, '-1 minute');
    await client.query('ANALYZE retries');
    const { rows } = await client.query<{ count: string }>(query);
    expect(rows).toEqual([{ count: '530' }]);
    const plan = await client.query<Record<string, string>>(`EXPLAIN ${query}`);
    const lines = plan.rows.map((row) => row['QUERY PLAN']).join('\n');
    // In order, so that it ends at the limit.
    expect(lines).toMatch(/Limit.*\n *->  Index (?:Only )?Scan using retries_due/);
    expect(lines).toMatch(/Index Cond: .*due_at <= now\(\)/);
  });
});
