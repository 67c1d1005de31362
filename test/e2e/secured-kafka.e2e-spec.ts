/**
 * Kafka over TLS, mutual TLS and every SASL mechanism: the main job works over each, and credentials that do not fit are
 * one sentence at start that names the setting and never the secret.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Authority, PemFiles } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { OAUTH_CLIENT } from '../support/identity-provider.ts';
import { PASSWORD, startSecuredKafka, type SecuredKafka } from '../support/secured-kafka.ts';
import { Stage } from '../support/stage.ts';
import { userEvent } from '../support/topics.ts';

let secured: SecuredKafka;
let stage: Stage;
const files = new PemFiles();
let tls: Record<string, string>;
let client: Record<string, string>;
let strangers: { ca: string; client: Record<string, string> };

beforeAll(async () => {
  secured = await startSecuredKafka();
  const { authority } = secured;
  tls = { KAFKA_SSL: 'true', KAFKA_SSL_CA: files.write('ca', authority.cert) };
  client = await clientCertificate(authority, 'client');
  const other = await Authority.make('strangers');
  strangers = {
    ca: files.write('other-ca', other.cert),
    client: await clientCertificate(other, 'stranger'),
  };
  stage = await Stage.set({}, { brokers: secured.kafka.brokers });
});

async function endServices(): Promise<void> {
  secured.provider.answer = null;
  secured.provider.lifetime = 3_600;
  await Promise.all(stage.running.map((service) => service.stop()));
}

afterAll(async () => {
  await stage.strike();
  await secured.close();
  files.remove();
});

async function clientCertificate(authority: Authority, file: string): Promise<Record<string, string>> {
  const { cert, key } = await authority.issue({ name: 'service' });
  return { KAFKA_SSL_CERT: files.write(file, cert), KAFKA_SSL_KEY: files.write(`${file}-key`, key) };
}

const mutualTls = (): Record<string, string> => ({
  ...tls,
  ...client,
  KAFKA_BROKERS: secured.brokers.MUTUAL,
});

function sasl(mechanism: string, username: string): Record<string, string> {
  return {
    ...tls,
    KAFKA_BROKERS: secured.brokers.SASL,
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: username,
    KAFKA_SASL_PASSWORD: PASSWORD,
  };
}

function oauth(): Record<string, string> {
  return {
    ...tls,
    KAFKA_BROKERS: secured.brokers.SASL,
    KAFKA_SASL_MECHANISM: 'oauthbearer',
    KAFKA_SASL_OAUTH_TOKEN_URL: secured.provider.tokenUrl,
    KAFKA_SASL_OAUTH_CLIENT_ID: OAUTH_CLIENT.id,
    KAFKA_SASL_OAUTH_CLIENT_SECRET: OAUTH_CLIENT.secret,
    KAFKA_SASL_OAUTH_SCOPE: 'events results',
  };
}

async function deliverOneEvent(environment: Record<string, string>): Promise<string> {
  const service = stage.running[0] ?? (await stage.startService(environment));
  const event = userEvent('jdoe');
  const webhook = await service.createWebhook({ url: stage.receiver.url(`/${event.id}`) });
  await stage.topics.produce(event);
  await eventually(() => {
    expect(stage.receiver.of(`/${event.id}`)).toHaveLength(1);
    expect(stage.attempts.filter(({ event_id }) => event_id === event.id)).toMatchObject([
      { outcome: 'delivered', webhook_id: webhook },
    ]);
  });
  await service.rest().delete(`/webhooks/${webhook}`);
  return service.log.map((line) => JSON.stringify(line)).join('\n') + service.stderr;
}

/** Such a start ends by itself, so several are tried at once. */
async function refusal(environment: Record<string, string>): Promise<string> {
  const service = stage.spawnService(environment);
  expect(await service.ended()).toEqual({ code: 1, signal: null });
  expect(service.stderr).not.toMatch(/^\s+at /m);
  for (const secret of [PASSWORD, OAUTH_CLIENT.secret, 'wrong-secret']) {
    expect(service.stderr).not.toContain(secret);
  }
  return service.stderr.trim();
}

describe('the main job works', () => {
  afterEach(endServices);

  it.each([
    ['TLS', () => ({ ...tls, KAFKA_BROKERS: secured.brokers.TLS })],
    ['mutual TLS', mutualTls],
    ['SASL PLAIN', () => sasl('plain', 'plain')],
    ['SCRAM-SHA-256', () => sasl('scram-sha-256', 'scram-256')],
    ['SCRAM-SHA-512', () => sasl('scram-sha-512', 'scram-512')],
    ['OAUTHBEARER', oauth],
  ])('over %s', async (_what, environment) => {
    const log = await deliverOneEvent(environment());
    expect(log).not.toMatch(/in the clear/);
    expect(log).not.toContain(PASSWORD);
    expect(log).not.toContain(OAUTH_CLIENT.secret);
  });

  it('over SASL PLAIN without TLS, with a warning', async () => {
    const { KAFKA_SSL, KAFKA_SSL_CA, ...plain } = sasl('plain', 'plain');
    const log = await deliverOneEvent({ ...plain, KAFKA_BROKERS: secured.brokers.OPEN });
    expect(log).toContain(
      'KAFKA_SASL_MECHANISM=plain without KAFKA_SSL=true sends the password over the network in the clear',
    );
  });
});

describe('a token', () => {
  afterEach(endServices);

  it('is asked for as the grant says, and shared by all connections', async () => {
    const before = secured.provider.requests.length;
    await deliverOneEvent(oauth());
    const asked = secured.provider.requests.slice(before);
    // One for the check at start, one for the running service.
    expect(asked.length).toBeLessThanOrEqual(3);
    expect(Object.fromEntries(asked[0]?.body ?? [])).toEqual({
      grant_type: 'client_credentials',
      scope: 'events results',
    });
  });

  it('is renewed before it ends, and the stream goes on', async () => {
    secured.provider.lifetime = 14;
    await deliverOneEvent(oauth());
    const before = secured.provider.requests.length;
    await eventually(() => {
      // The second renewal comes after the end of the first token.
      expect(secured.provider.requests.length).toBeGreaterThan(before + 1);
    });
    await deliverOneEvent(oauth());
    const troubles = stage.running[0]?.log.filter(({ level }) => Number(level) > 30);
    expect(troubles).toEqual([]);
  });

  it('that cannot be had any more turns readiness red with the reason, and the stream goes on when it can', async () => {
    secured.provider.lifetime = 14;
    await deliverOneEvent(oauth());
    const [service] = stage.running;
    secured.provider.answer = (response) => response.writeHead(503).end('{"error":"words-of-the-provider"}');
    await eventually(async () => {
      const { status, data } = await ready(service?.url);
      expect(status).toBe(503);
      expect(JSON.stringify(data)).toContain('the token endpoint answered 503: see what it lacks');
      // Anybody may ask: what others say, and where they are, is in the log only.
      expect(JSON.stringify(data)).not.toMatch(/words-of-the-provider|https?:/);
    });
    expect(JSON.stringify(service?.log)).toContain(`(${secured.provider.tokenUrl}: words-of-the-provider)`);
    secured.provider.answer = null;
    await deliverOneEvent(oauth());
    await eventually(async () => {
      expect((await ready(service?.url)).status).toBe(200);
    });
  });
});

async function ready(url = ''): Promise<{ status: number; data: unknown }> {
  const answer = await fetch(`${url}/health/ready`);
  return { status: answer.status, data: await answer.json() };
}

describe.concurrent(
  'a start with TLS that does not fit is refused, whatever NODE_TLS_REJECT_UNAUTHORIZED says',
  () => {
    const unchecked = { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' };

    it.each([
      [
        'another authority',
        () => ({ ...tls, KAFKA_SSL_CA: strangers.ca, KAFKA_BROKERS: secured.brokers.TLS }),
        'the certificate of the broker was not issued by a trusted authority: name its authority in KAFKA_SSL_CA',
      ],
      [
        "Node's own list of authorities",
        () => ({ KAFKA_SSL: 'true', KAFKA_BROKERS: secured.brokers.TLS }),
        'name its authority in KAFKA_SSL_CA',
      ],
      [
        'an expired certificate',
        () => ({ ...tls, KAFKA_BROKERS: secured.brokers.EXPIRED }),
        'the certificate of the broker or of its authority has expired or is not valid yet: renew it',
      ],
      [
        'another host name',
        () => ({ ...tls, KAFKA_BROKERS: secured.brokers.TLS.replace('127.0.0.1', 'localhost') }),
        'the certificate of the broker is for another host: use a host name from the certificate in KAFKA_BROKERS',
      ],
      [
        'no client certificate',
        () => ({ ...tls, KAFKA_BROKERS: secured.brokers.MUTUAL }),
        'the broker asks for a client certificate that it trusts: set KAFKA_SSL_CERT and KAFKA_SSL_KEY',
      ],
      [
        "a stranger's client certificate",
        () => ({ ...mutualTls(), ...strangers.client }),
        'the broker asks for a client certificate that it trusts: set KAFKA_SSL_CERT and KAFKA_SSL_KEY',
      ],
      ['no TLS where there should be', () => ({ KAFKA_BROKERS: secured.brokers.TLS }), 'KAFKA_SSL'],
      ['TLS where there is none', () => ({ ...tls, KAFKA_BROKERS: secured.kafka.brokers }), 'KAFKA_SSL'],
    ])('%s', async (_what, environment, sentence) => {
      const stderr = await refusal({ ...unchecked, ...environment() });
      expect(stderr).toMatch(/^user-webhooks did not start: No Kafka broker could be used at \S+:\d+ \(/);
      expect(stderr.split('\n')).toHaveLength(1);
      expect(stderr).toContain(sentence);
    });
  },
);

describe.concurrent('a start with credentials that do not fit is refused', () => {
  it.each([
    ['plain', 'plain'],
    ['scram-sha-256', 'scram-256'],
    ['scram-sha-512', 'scram-512'],
  ])('%s with another password', async (mechanism, username) => {
    const stderr = await refusal({ ...sasl(mechanism, username), KAFKA_SASL_PASSWORD: 'wrong-secret' });
    expect(stderr).toContain(
      `the broker does not accept SASL ${mechanism} with the user name or the password: correct KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD`,
    );
  });

  it('a mechanism that the listener does not offer', async () => {
    const environment = { ...sasl('scram-sha-256', 'scram-256'), KAFKA_BROKERS: secured.brokers.OPEN };
    const stderr = await refusal({ ...environment, KAFKA_SSL: 'false', KAFKA_SSL_CA: '' });
    expect(stderr).toContain('the broker does not offer the SASL mechanism scram-sha-256 on this listener');
  });

  it('none where the listener asks for some', async () => {
    expect(await refusal({ ...tls, KAFKA_BROKERS: secured.brokers.SASL })).toContain('KAFKA_SASL_*');
  });

  it('a client secret that the token endpoint does not know', async () => {
    const stderr = await refusal({ ...oauth(), KAFKA_SASL_OAUTH_CLIENT_SECRET: 'wrong-secret' });
    expect(stderr).toContain(
      `the token endpoint answered 401: correct KAFKA_SASL_OAUTH_CLIENT_ID, KAFKA_SASL_OAUTH_CLIENT_SECRET and KAFKA_SASL_OAUTH_SCOPE (${secured.provider.tokenUrl}: invalid_client: no such client)`,
    );
  });

  it('a token that the broker does not accept', async () => {
    const stderr = await refusal({ ...oauth(), KAFKA_SASL_OAUTH_SCOPE: 'elsewhere' });
    expect(stderr).toContain(
      'the broker does not accept SASL oauthbearer with the token that KAFKA_SASL_OAUTH_TOKEN_URL gave',
    );
  });

  it('a token endpoint that is down', async () => {
    const stderr = await refusal({ ...oauth(), KAFKA_SASL_OAUTH_TOKEN_URL: 'https://127.0.0.1:9/token' });
    expect(stderr).toContain(
      'the token endpoint cannot be used: start it, or correct KAFKA_SASL_OAUTH_TOKEN_URL (https://127.0.0.1:9/token: ECONNREFUSED)',
    );
  });
});
