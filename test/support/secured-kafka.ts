/**
 * A broker with a listener for each way of protecting it: TLS, mutual TLS, and SASL over TLS with every mechanism. Rights
 * are asked of everybody but those whom a test of credentials is about; the plain listener is the tests' own.
 */
import { freePort } from '../../dev/ports.ts';
import type { EmbeddedKafka } from '../../dev/embedded-kafka.ts';
import type { KafkaSecurity } from '../../dev/kafka-properties.ts';
import { Authority } from './certificates.ts';
import { startTestKafka, type TestServer } from './embedded-services.ts';
import { AUDIENCE, IdentityProvider } from './identity-provider.ts';

export const PASSWORD = 'hush-hush';
const LISTENERS = {
  TLS: 'SSL',
  MUTUAL: 'SSL',
  SASL: 'SASL_SSL',
  OPEN: 'SASL_PLAINTEXT',
  EXPIRED: 'SSL',
} as const;
const SUPER_USERS = ['ANONYMOUS', 'CN=service', 'plain', 'scram-256', 'scram-512', 'oauth-service'];
const LOGIN_MODULES = 'org.apache.kafka.common.security';

export interface SecuredKafka {
  readonly kafka: TestServer<EmbeddedKafka>;
  /** Of the brokers' certificates, and the only one whose clients are let in. */
  readonly authority: Authority;
  readonly provider: IdentityProvider;
  /** Per listener, as for `KAFKA_BROKERS`. */
  readonly brokers: Readonly<Record<keyof typeof LISTENERS, string>>;
  close(): Promise<void>;
}

export async function startSecuredKafka(): Promise<SecuredKafka> {
  const authority = await Authority.make('broker');
  const provider = await IdentityProvider.start(
    await authority.issue({ name: 'tokens', hosts: ['127.0.0.1'] }),
  );
  const listeners: {
    name: keyof typeof LISTENERS;
    protocol: 'SSL' | 'SASL_SSL' | 'SASL_PLAINTEXT';
    port: number;
  }[] = [];
  for (const [name, protocol] of Object.entries(LISTENERS)) {
    listeners.push({ name: name as keyof typeof LISTENERS, protocol, port: await freePort() });
  }
  const security: KafkaSecurity = {
    listeners,
    properties: { ...(await tls(authority)), ...sasl(provider), ...authorizer() },
    java: [`-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${provider.keysUrl}`],
    scram: [
      `SCRAM-SHA-256=[name=scram-256,password=${PASSWORD}]`,
      `SCRAM-SHA-512=[name=scram-512,password=${PASSWORD}]`,
      `SCRAM-SHA-512=[name=limited,password=${PASSWORD}]`,
    ],
  };
  const kafka = await startTestKafka({ security });
  const brokers = Object.fromEntries(listeners.map(({ name, port }) => [name, `127.0.0.1:${port}`]));
  return {
    kafka,
    authority,
    provider,
    brokers: brokers as SecuredKafka['brokers'],
    close: async () => {
      await kafka.close();
      await provider.close();
    },
  };
}

async function tls(authority: Authority): Promise<Record<string, string>> {
  const server = { name: 'broker', hosts: ['127.0.0.1'] };
  const { cert, key } = await authority.issue(server);
  const expired = await authority.issue({ ...server, endsInDays: -1 });
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.certificate.chain': cert,
    'ssl.keystore.key': key,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.certificates': authority.cert,
    'listener.name.mutual.ssl.client.auth': 'required',
    'listener.name.expired.ssl.keystore.type': 'PEM',
    'listener.name.expired.ssl.keystore.certificate.chain': expired.cert,
    'listener.name.expired.ssl.keystore.key': expired.key,
  };
}

function sasl({ keysUrl }: IdentityProvider): Record<string, string> {
  const plain = `${LOGIN_MODULES}.plain.PlainLoginModule required user_plain="${PASSWORD}";`;
  const scram = `${LOGIN_MODULES}.scram.ScramLoginModule required;`;
  const of = (mechanism: string, name: string): string => `listener.name.sasl.${mechanism}.${name}`;
  return {
    'listener.name.sasl.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
    [of('plain', 'sasl.jaas.config')]: plain,
    [of('scram-sha-256', 'sasl.jaas.config')]: scram,
    [of('scram-sha-512', 'sasl.jaas.config')]: scram,
    [of('oauthbearer', 'sasl.jaas.config')]: `${LOGIN_MODULES}.oauthbearer.OAuthBearerLoginModule required;`,
    [of('oauthbearer', 'sasl.server.callback.handler.class')]:
      `${LOGIN_MODULES}.oauthbearer.OAuthBearerValidatorCallbackHandler`,
    [of('oauthbearer', 'sasl.oauthbearer.jwks.endpoint.url')]: keysUrl,
    [of('oauthbearer', 'sasl.oauthbearer.expected.audience')]: AUDIENCE,
    'listener.name.open.sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.open.plain.sasl.jaas.config': plain,
  };
}

function authorizer(): Record<string, string> {
  return {
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': SUPER_USERS.map((name) => `User:${name}`).join(';'),
  };
}
