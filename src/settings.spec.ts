import { describe, expect, it } from 'vitest';
import { isSecret, joinedShape, SettingsError } from './config/read-settings.ts';
import { DECLARATIONS, maskedSettings, readSettings } from './settings.ts';

const KEY = Buffer.alloc(32, 1).toString('base64');
const OTHER_KEY = Buffer.alloc(32, 2).toString('base64');

const REQUIRED = {
  DATABASE_URL: 'postgres://user:pa55word@localhost:5432/app',
  KAFKA_BROKERS: 'localhost:9092',
  SECRETS_KEY: KEY,
  ADMIN_TOKEN: 'admin-token-0123456789',
};

const OIDC = { OIDC_ISSUER: 'https://id.example', OIDC_AUDIENCE: 'c' };

function faultsOf(environment: Record<string, string | undefined>): readonly string[] {
  try {
    readSettings({ ...REQUIRED, ...environment });
  } catch (error) {
    if (error instanceof SettingsError) return error.faults;
    throw error;
  }
  return [];
}

describe('settings', () => {
  it('have defaults for all but four', () => {
    expect(readSettings(REQUIRED)).toMatchObject({
      HOST: '127.0.0.1',
      PORT: 3000,
      KAFKA_BROKERS: ['localhost:9092'],
      KAFKA_GROUP_ID: 'user-webhooks',
      KAFKA_SSL: false,
      USER_EVENTS_TOPIC: 'user-events',
      DELIVERIES_TOPIC: 'webhook-deliveries',
      DEAD_LETTER_TOPIC: 'user-events-dead-letter',
      CREATE_TOPICS: false,
      USER_EVENTS_PARTITIONS: 8,
      LOG_LEVEL: 'info',
      ALLOWED_SUBNETS: [],
      WEBHOOK_DEFAULT_METHOD: 'GET',
      REQUEST_TIMEOUT: 15_000,
      MAX_IN_FLIGHT: 1024,
    });
  });

  it('are read into their types', () => {
    expect(
      readSettings({
        ...REQUIRED,
        PORT: '0',
        KAFKA_BROKERS: 'a:1, b.example:2,[::1]:3,',
        KAFKA_SSL: 'true',
        ALLOWED_SUBNETS: '10.0.0.0/8, fd00::/8',
        REQUEST_TIMEOUT: '5m',
        SECRETS_KEY: `${KEY}, ${OTHER_KEY}`,
      }),
    ).toMatchObject({
      PORT: 0,
      KAFKA_BROKERS: ['a:1', 'b.example:2', '[::1]:3'],
      KAFKA_SSL: true,
      ALLOWED_SUBNETS: ['10.0.0.0/8', 'fd00::/8'],
      REQUEST_TIMEOUT: 300_000,
      SECRETS_KEY: [Buffer.alloc(32, 1), Buffer.alloc(32, 2)],
    });
  });

  it.each([
    ['250ms', 250],
    ['15s', 15_000],
    ['2m', 120_000],
  ])('read %s as %d milliseconds', (text, milliseconds) => {
    expect(readSettings({ ...REQUIRED, REQUEST_TIMEOUT: text }).REQUEST_TIMEOUT).toBe(milliseconds);
  });

  it('need no admin token where an issuer lets admins in', () => {
    const oidc = { OIDC_ISSUER: 'https://id.example/r', OIDC_AUDIENCE: 'c', OIDC_ADMIN_VALUES: 'ops, root' };
    expect(readSettings({ ...REQUIRED, ADMIN_TOKEN: '', ...oidc })).toMatchObject({
      OIDC_ADMIN_VALUES: ['ops', 'root'],
      OIDC_VIEWER_VALUES: [],
      OIDC_ROLE_CLAIM: 'groups',
    });
  });

  it.each([
    ['http://id.example', 'must begin with https://; http:// is for loopback only'],
    ['http://localhost.example', 'must begin with https://; http:// is for loopback only'],
    ['https://id.example?x', 'must have no user, query or fragment'],
    ['https://u:p@id.example', 'must have no user, query or fragment'],
  ])('take no issuer such as %s', (url, fault) => {
    const oidc = { OIDC_ISSUER: url, OIDC_AUDIENCE: 'c', OIDC_ADMIN_VALUES: 'ops' };
    expect(faultsOf(oidc)).toEqual([`OIDC_ISSUER ${fault}, but is "${url}"`]);
  });

  it.each([
    ['http://webhooks.example', 'must begin with https://; http:// is for loopback only'],
    ['https://webhooks.example/admin', 'must have nothing but a host and perhaps a port'],
    ['https://u:p@webhooks.example', 'must have nothing but a host and perhaps a port'],
  ])('take no public URL such as %s', (url, fault) => {
    const oidc = { ...OIDC, OIDC_ADMIN_VALUES: 'ops', OIDC_CLIENT_ID: 'page', PUBLIC_URL: url };
    expect(faultsOf(oidc)).toEqual([expect.stringContaining(`PUBLIC_URL ${fault}`) as string]);
  });

  it('take scopes with openid among them, and the origin of the public URL', () => {
    const oidc = { ...OIDC, OIDC_ADMIN_VALUES: 'ops', OIDC_CLIENT_ID: 'page' };
    const given = { ...oidc, PUBLIC_URL: 'https://Webhooks.example:443/', OIDC_SCOPES: 'openid groups' };
    expect(readSettings({ ...REQUIRED, ...given })).toMatchObject({
      PUBLIC_URL: 'https://webhooks.example',
      OIDC_SCOPES: 'openid groups',
    });
    expect(faultsOf({ ...given, OIDC_SCOPES: 'groups' })).toHaveLength(1);
  });

  it.each(['http://localhost:8080/realms/a', 'http://127.0.0.1/', 'http://[::1]:1'])(
    'take the issuer %s on loopback',
    (url) => {
      expect(faultsOf({ OIDC_ISSUER: url, OIDC_AUDIENCE: 'c', OIDC_ADMIN_VALUES: 'ops' })).toEqual([]);
    },
  );

  it('that are empty count as not given', () => {
    expect(readSettings({ ...REQUIRED, PORT: '', KAFKA_SASL_PASSWORD: '' })).toMatchObject({ PORT: 3000 });
    expect(faultsOf({ ADMIN_TOKEN: '' })).toEqual([
      expect.stringMatching(/^ADMIN_TOKEN is missing: .*openssl rand -hex 32/) as string,
    ]);
  });

  it('ignore what they do not know', () => {
    expect(faultsOf({ PATH: '/bin', constructor: 'x', __proto__: 'y' })).toEqual([]);
  });
});

describe('a wrong setting', () => {
  it.each([
    ['PORT', '65536', 'PORT must be a whole number from 0 to 65535, but is "65536"'],
    ['PORT', '-1', 'PORT must be a whole number from 0 to 65535, but is "-1"'],
    ['PORT', '3e3', 'PORT must be a whole number from 0 to 65535, but is "3e3"'],
    ['KAFKA_BROKERS', 'localhost', 'KAFKA_BROKERS must be host:port, but is "localhost"'],
    ['KAFKA_BROKERS', ' , ', 'KAFKA_BROKERS must name at least one broker as host:port, but is " , "'],
    ['KAFKA_SSL', 'yes', 'KAFKA_SSL must be true or false, but is "yes"'],
    [
      'USER_EVENTS_TOPIC',
      'user events',
      'USER_EVENTS_TOPIC must be a Kafka topic name: 1 to 249 letters, digits, ".", "_" or "-", but is "user events"',
    ],
    [
      'ALLOWED_SUBNETS',
      '10.0.0.1',
      'ALLOWED_SUBNETS must be a subnet in CIDR form, such as 10.0.0.0/8 or fd00::/8, but is "10.0.0.1"',
    ],
    [
      'ALLOWED_SUBNETS',
      'fd00::/8, ::ffff:10.0.0.0/104',
      'ALLOWED_SUBNETS must not have an IPv4-mapped subnet: write it as IPv4, such as 10.0.0.0/8 for ::ffff:10.0.0.0/104, but is "fd00::/8, ::ffff:10.0.0.0/104"',
    ],
    ...['0.0.0.0/0', '::/0'].map((everybody): [string, string, string] => [
      'TRUSTED_PROXIES',
      everybody,
      `TRUSTED_PROXIES must not have a subnet of all addresses (/0), or any client could write its own address: name the networks of your proxies, but is "${everybody}"`,
    ]),
    [
      'TRUSTED_PROXIES',
      '10.0.0.1',
      'TRUSTED_PROXIES must be a subnet in CIDR form, such as 10.0.0.0/8 or fd00::/8, but is "10.0.0.1"',
    ],
    [
      'REQUEST_TIMEOUT',
      '15',
      'REQUEST_TIMEOUT must be a whole number with a unit, such as 500ms, 15s, 5m, 2h or 30d, but is "15"',
    ],
    ['REQUEST_TIMEOUT', '0s', 'REQUEST_TIMEOUT must be longer than zero, but is "0s"'],
    ['REQUEST_TIMEOUT', '6m', 'REQUEST_TIMEOUT must be at most 5m, but is "6m"'],
    ['MAX_IN_FLIGHT', '0', 'MAX_IN_FLIGHT must be a whole number from 1 to 10000, but is "0"'],
    ['WEBHOOK_DEFAULT_METHOD', 'DELETE', 'WEBHOOK_DEFAULT_METHOD must be GET, POST or PUT, but is "DELETE"'],
    [
      'LOG_LEVEL',
      'verbose',
      'LOG_LEVEL must be fatal, error, warn, info, debug, trace or silent, but is "verbose"',
    ],
  ])('%s=%s is named with its value', (name, value, fault) => {
    expect(faultsOf({ [name]: value })).toEqual([fault]);
  });

  it.each([
    ['DATABASE_URL', 'mysql://root:pa55word@h/d', 'DATABASE_URL must be a postgres:// or postgresql:// URL'],
    ['ADMIN_TOKEN', 'pa55word', 'ADMIN_TOKEN must be at least 16 characters long'],
    [
      'DELIVERY_PROXY',
      'socks5://u:pa55word@h',
      'DELIVERY_PROXY must be an http:// or https:// URL of a proxy',
    ],
    [
      'DELIVERY_PROXY',
      'http://u:pa55word@h:3128/path',
      'DELIVERY_PROXY must be http:// or https://, then user name and password (percent-encoded) if the proxy asks for them, host and port, and nothing else',
    ],
    [
      'DELIVERY_PROXY',
      'http://u:pa55word%ff@h:3128',
      'DELIVERY_PROXY must be http:// or https://, then user name and password (percent-encoded) if the proxy asks for them, host and port, and nothing else',
    ],
  ])('%s is named without its value: it is a secret', (name, value, fault) => {
    expect(faultsOf({ [name]: value })).toEqual([fault]);
  });

  it.each([
    ['too short', Buffer.alloc(31).toString('base64'), ''],
    ['too long', Buffer.alloc(33).toString('base64'), ''],
    ['no base64', 'pa55word'.repeat(5), ''],
    ['cut off', KEY.slice(0, -1), ''],
    ['hexadecimal', Buffer.alloc(32, 1).toString('hex'), ''],
    ['nothing but commas', ' , ', ''],
    ['right but for one of the list', `${KEY},${OTHER_KEY.slice(1)}`, ', but key 2 of the list is not'],
  ])('SECRETS_KEY that is %s is refused without its value', (_, value, which) => {
    expect(faultsOf({ SECRETS_KEY: value })).toEqual([
      `SECRETS_KEY must be 32 random bytes in base64, such as the output of \`openssl rand -base64 32\`, or several such keys separated by commas${which}`,
    ]);
  });

  it('is told together with all others', () => {
    const missing = Object.fromEntries(Object.keys(REQUIRED).map((name) => [name, undefined]));
    expect(faultsOf({ ...missing, PORT: 'x' })).toHaveLength(5);
    expect(() => readSettings({ PORT: 'x' })).toThrow(
      /^The settings are not usable:\n {2}- PORT .*\n {2}- DATABASE_URL is missing\./,
    );
  });
});

describe('settings that contradict each other', () => {
  it.each([
    [{ DELIVERIES_TOPIC: 'user-events' }, 'must be three different topics'],
    [{ VIEWER_TOKEN: REQUIRED.ADMIN_TOKEN }, 'must be two different tokens'],
    [{ OIDC_ISSUER: 'https://id.example' }, 'OIDC_VIEWER_VALUES must be given together'],
    [{ OIDC_ADMIN_VALUES: 'ops', OIDC_AUDIENCE: 'c' }, 'OIDC_ISSUER, OIDC_AUDIENCE and at least one'],
    [{ ADMIN_TOKEN: '', VIEWER_TOKEN: 'pa55word-of-viewers' }, 'ADMIN_TOKEN is missing'],
    [
      { ADMIN_TOKEN: '', VIEWER_TOKEN: 'pa55word-of-viewers', OIDC_ADMIN_VALUES: ',' },
      'ADMIN_TOKEN is missing',
    ],
    [
      { ADMIN_TOKEN: '', ...OIDC, OIDC_ADMIN_VALUES: ' ,', OIDC_VIEWER_VALUES: 'staff' },
      'ADMIN_TOKEN is missing',
    ],
    [{ ...OIDC, OIDC_ADMIN_VALUES: ',', OIDC_VIEWER_VALUES: ' ' }, 'must be given together'],
    [{ ...OIDC, OIDC_ADMIN_VALUES: 'ops', OIDC_CLIENT_ID: 'page' }, 'OIDC_CLIENT_ID and PUBLIC_URL'],
    [{ PUBLIC_URL: 'https://a.example', OIDC_CLIENT_ID: 'page' }, 'together, and with OIDC_ISSUER'],
    [{ ...OIDC, OIDC_ADMIN_VALUES: 'ops', OIDC_CLIENT_SECRET: 'pa55word' }, 'give OIDC_CLIENT_ID as well'],
  ])('%j', (environment, fault) => {
    const faults = faultsOf(environment);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(fault);
    expect(faults[0]).not.toContain('pa55word');
  });
});

describe('the start-up summary', () => {
  it('shows every setting, and no secret', () => {
    const settings = readSettings({
      ...REQUIRED,
      KAFKA_SASL_MECHANISM: 'plain',
      KAFKA_SASL_USERNAME: 'u',
      KAFKA_SASL_PASSWORD: 'pa55word',
      DELIVERY_PROXY: 'http://u:pa55word@proxy:3128',
    });
    const summary = maskedSettings(settings);
    expect(summary).toMatchObject({
      DATABASE_URL: '***',
      SECRETS_KEY: '***',
      ADMIN_TOKEN: '***',
      KAFKA_SASL_PASSWORD: '***',
      DELIVERY_PROXY: '***',
      PORT: 3000,
    });
    expect(JSON.stringify(summary)).not.toMatch(/pa55word|admin-token/);
    expect(JSON.stringify(summary)).not.toContain(KEY);
  });

  it('has a mark on everything that is called a password, a token or a URL with one', () => {
    const shape = joinedShape(DECLARATIONS);
    const secrets = Object.keys(shape).filter((name) => isSecret(shape[name]));
    expect(secrets).toEqual(
      expect.arrayContaining(['DATABASE_URL', 'KAFKA_SASL_PASSWORD', 'SECRETS_KEY', 'ADMIN_TOKEN']),
    );
    const suspicious = Object.keys(shape).filter((name) => /PASSWORD|TOKEN(?!_URL)|SECRET/.test(name));
    expect(suspicious.filter((name) => !secrets.includes(name))).toEqual([]);
  });
});
