/**
 * The schema of the chart's values. The settings in it are those that the service has, so a name that is mistyped, or a secret
 * among what is not secret, is refused before anything is installed.
 */
import type { z } from 'zod';
import { isSecret, joinedShape } from '../../src/config/read-settings.ts';
import { DECLARATIONS } from '../../src/settings.ts';

type Schema = Readonly<Record<string, unknown>>;

const TEXT = { type: 'string' };
const FLAG = { type: 'boolean' };
const COUNT = { type: 'integer', minimum: 1 };
const NAME = { type: 'string', minLength: 1 };
const SETTING = { anyOf: [NAME, { type: 'number' }, { type: 'boolean' }] };
/** Parts of a pod, which Kubernetes checks. */
const GIVEN_ON = { type: 'object' };
const LIST_GIVEN_ON = { type: 'array', items: { type: 'object' } };
const LABELS = { type: 'object', additionalProperties: TEXT };
/** By these the chart finds its own pods. */
const OWN_LABELS = ['name', 'instance', 'version', 'component'].map((name) => `app.kubernetes.io/${name}`);

export function chartValuesSchema(): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of the chart user-webhooks',
    ...closed({
      global: GIVEN_ON,
      image: closed({
        repository: NAME,
        tag: { type: 'string', pattern: '^(?:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?$' },
        digest: { type: 'string', pattern: '^(?:sha256:[a-f0-9]{64})?$' },
        pullPolicy: { enum: ['Always', 'IfNotPresent', 'Never'] },
      }),
      imagePullSecrets: LIST_GIVEN_ON,
      ...settings(),
      volumes: LIST_GIVEN_ON,
      volumeMounts: LIST_GIVEN_ON,
      replicas: COUNT,
      resources: GIVEN_ON,
      podLabels: { ...LABELS, propertyNames: { not: { enum: OWN_LABELS } } },
      podAnnotations: LABELS,
      nodeSelector: LABELS,
      tolerations: LIST_GIVEN_ON,
      affinity: GIVEN_ON,
      topologySpreadConstraints: LIST_GIVEN_ON,
      priorityClassName: TEXT,
      service: closed({
        type: { enum: ['ClusterIP', 'NodePort', 'LoadBalancer'] },
        port: { type: 'integer', minimum: 1, maximum: 65535 },
        annotations: LABELS,
      }),
      podDisruptionBudget: closed({ enabled: FLAG }),
      networkPolicy: closed({ enabled: FLAG, from: LIST_GIVEN_ON, egress: LIST_GIVEN_ON }),
      migration: closed({ enabled: FLAG, hook: FLAG, activeDeadlineSeconds: COUNT }),
      serviceMonitor: closed({ enabled: FLAG, interval: NAME, labels: LABELS }),
      autoscaling: autoscaling(),
    }),
    required: ['settings', 'secretSettings'],
  };
}

function settings(): Record<'settings' | 'secretSettings' | 'extraEnv', Schema> {
  const all = Object.entries(joinedShape(DECLARATIONS)) as [string, z.ZodType][];
  const secret = all.filter(([, schema]) => isSecret(schema));
  const open = all.filter(([, schema]) => !isSecret(schema));
  const reference = { ...closed({ secret: NAME, key: NAME }), required: ['secret', 'key'] };
  return {
    settings: {
      // A Service needs to know the port.
      ...closed(
        described(open, (name) => (name === 'PORT' ? { ...SETTING, not: { enum: [0, '0'] } } : SETTING)),
      ),
      required: requiredOf(open),
    },
    secretSettings: { ...closed(described(secret, () => reference)), required: requiredOf(secret) },
    extraEnv: {
      type: 'array',
      items: {
        type: 'object',
        required: ['name'],
        properties: { name: { ...NAME, not: { enum: all.map(([name]) => name) } } },
      },
    },
  };
}

function described(
  some: readonly [string, z.ZodType][],
  ruleOf: (name: string) => Schema,
): Record<string, Schema> {
  return Object.fromEntries(
    some.map(([name, schema]) => [name, { description: schema.description, ...ruleOf(name) }]),
  );
}

function requiredOf(some: readonly [string, z.ZodType][]): string[] {
  return some.filter(([, schema]) => !schema.safeParse(undefined).success).map(([name]) => name);
}

function autoscaling(): Schema {
  return closed({
    enabled: FLAG,
    // A pod that works what waits in PostgreSQL, and another one while it is restarted.
    minReplicas: { type: 'integer', minimum: 2 },
    maxReplicas: { type: 'integer', minimum: 2 },
    lagThreshold: COUNT,
    kafkaAuthentication: TEXT,
    retries: closed({ enabled: FLAG, threshold: COUNT, perWebhook: COUNT, authentication: TEXT }),
  });
}

function closed(properties: Readonly<Record<string, Schema>>): Schema {
  return { type: 'object', additionalProperties: false, properties };
}
