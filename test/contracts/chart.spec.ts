/** The chart, as it is rendered in `deploy/kustomize/`, says what the service does: settings, probes, times, commands. */
import { format, resolveConfig } from 'prettier';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { chartValuesSchema } from './chart-values-schema.ts';
import { joinedShape } from '../../src/config/read-settings.ts';
import { DECLARATIONS, readSettings } from '../../src/settings.ts';
import { filesBelow, readDocument, readJson } from './documents.ts';
import { REQUIRED_SETTINGS } from './samples.ts';

interface Container {
  readonly command?: readonly string[];
  readonly env: readonly { name: string; value?: string }[];
  readonly ports?: readonly { containerPort: number }[];
  readonly securityContext: unknown;
  readonly lifecycle: { preStop: { exec: { command: [string, string] } } };
  readonly [probe: string]: unknown;
}

interface Workload {
  readonly spec: {
    readonly strategy: unknown;
    readonly template: {
      readonly spec: {
        readonly containers: readonly [Container];
        readonly securityContext: unknown;
        readonly terminationGracePeriodSeconds: number;
      };
    };
  };
}

function manifest(path: string): unknown {
  return parse(readDocument(`deploy/kustomize/${path}`));
}

const shape = joinedShape(DECLARATIONS);
const deployment = manifest('base/deployment.yaml') as Workload;
const migration = manifest('base/migration.yaml') as Workload;
const [container] = deployment.spec.template.spec.containers;
const [migrating] = migration.spec.template.spec.containers;

it('deploy/chart/values.schema.json has the settings of the service; else run `npm run chart:schema`', async () => {
  const style = await resolveConfig('deploy/chart/values.schema.json');
  const text = await format(JSON.stringify(chartValuesSchema()), { ...style, parser: 'json' });
  await expect(text).toMatchFileSnapshot('../../deploy/chart/values.schema.json');
});

it('the chart has the version of the service', () => {
  const { version } = readJson('package.json') as { version: string };
  expect(parse(readDocument('deploy/chart/Chart.yaml'))).toMatchObject({ version, appVersion: version });
  expect(container).toMatchObject({ image: `user-webhooks:${version}` });
  expect(migrating).toMatchObject({ image: `user-webhooks:${version}` });
});

describe('the pods', () => {
  it('get settings that exist, and all that are required', () => {
    const given = container.env.map(({ name }) => name);
    expect(given.filter((name) => !(name in shape))).toEqual([]);
    expect(Object.keys(REQUIRED_SETTINGS).filter((name) => !given.includes(name))).toEqual([]);
    expect(migrating.env.map(({ name }) => name)).toEqual(['DATABASE_URL']);
  });

  it('have the port that the service listens on, and routes that it has as probes', () => {
    const { PORT } = readSettings(REQUIRED_SETTINGS);
    expect(container.ports).toMatchObject([{ name: 'http', containerPort: PORT }]);
    const controller = readDocument('src/health/health.controller.ts');
    for (const [probe, path] of [
      ['startupProbe', 'live'],
      ['livenessProbe', 'live'],
      ['readinessProbe', 'ready'],
    ] as const) {
      expect(container[probe]).toMatchObject({ httpGet: { path: `/health/${path}`, port: 'http' } });
      expect(controller).toContain(`@Get('${path}')`);
    }
  });

  it('are waited for as long as a stop takes, after what comes before it', () => {
    const [, says] = /kill the process after (\d+)/.exec(readDocument('docs/operating.md')) ?? [];
    const [, before] = container.lifecycle.preStop.exec.command;
    const { terminationGracePeriodSeconds: grace } = deployment.spec.template.spec;
    expect(grace).toBeGreaterThanOrEqual(Number(says) + Number(before));
    expect(readDocument('docker-compose.yml')).toContain(`stop_grace_period: ${says}s`);
  });

  it('are replaced one by one, a new one first', () => {
    expect(deployment.spec.strategy).toEqual({
      type: 'RollingUpdate',
      rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
    });
  });

  it('may start while migrations run for as long as others wait for them', () => {
    const probe = container['startupProbe'] as { periodSeconds: number; failureThreshold: number };
    const [, minutes] = /LOCK_TIMEOUT = '(\d+)min'/.exec(readDocument('src/database/migrate.ts')) ?? [];
    expect(probe.periodSeconds * probe.failureThreshold).toBeGreaterThan(Number(minutes) * 60);
  });

  it('run what the image has, as its user, and may do little', () => {
    expect(migrating.command).toEqual(['node', 'dist/migrate.js']);
    expect(filesBelow('src')).toContain('src/migrate.ts');
    for (const { spec } of [deployment.spec.template, migration.spec.template]) {
      expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
      expect(spec.containers[0].securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
  });

  it('run Node.js as `npm run start:prod` does, by the image', () => {
    const { scripts } = readJson('package.json') as { scripts: Record<string, string> };
    const [, threads = '', flags = ''] =
      /^(UV_THREADPOOL_SIZE=\d+) node (.+) dist\/main\.js$/.exec(scripts['start:prod'] ?? '') ?? [];
    expect(readDocument('Dockerfile')).toContain(threads);
    expect(readDocument('Dockerfile')).toContain(`NODE_OPTIONS="${flags}"`);
    expect(container.env.map(({ name }) => name)).not.toContain('NODE_OPTIONS');
  });
});

describe('what scales them', () => {
  const { spec } = manifest('components/keda/scaled-object.yaml') as {
    spec: { triggers: { metadata: Record<string, string> }[] };
  };

  it('looks at the group and the topic of the service', () => {
    const { KAFKA_GROUP_ID, USER_EVENTS_TOPIC } = readSettings(REQUIRED_SETTINGS);
    expect(spec.triggers[0]?.metadata).toMatchObject({
      consumerGroup: KAFKA_GROUP_ID,
      topic: USER_EVENTS_TOPIC,
      offsetResetPolicy: 'earliest',
      excludePersistentLag: 'true',
    });
  });
});

it('every manifest is part of its kustomization', () => {
  const directories = ['base', 'components/keda', 'components/service-monitor'];
  for (const directory of directories) {
    const { resources } = manifest(`${directory}/kustomization.yaml`) as {
      resources: string[];
    };
    const files = filesBelow(`deploy/kustomize/${directory}`).map((file) => file.split('/').at(-1));
    expect(['kustomization.yaml', ...resources].toSorted()).toEqual(files);
  }
});
