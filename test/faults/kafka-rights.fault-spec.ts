/**
 * A client that lacks a right in Kafka is told which, and on what: at start all of them at once, later by readiness and
 * the log. Nothing stands still silently, and when the right is there again, the stream goes on.
 */
import {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ResourcePatternTypes,
  type Admin,
} from 'kafkajs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PemFiles } from '../support/certificates.ts';
import { eventually } from '../support/eventually.ts';
import { runCommand } from '../support/run-command.ts';
import { PASSWORD, startSecuredKafka, type SecuredKafka } from '../support/secured-kafka.ts';
import { ADMIN_TOKEN, SECRETS_KEY, type LogLine, type Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { userEvent } from '../support/topics.ts';

type Operation = 'READ' | 'WRITE' | 'CREATE' | 'DESCRIBE';
type Granted = readonly ['topic' | 'group', string, Operation];

const files = new PemFiles();
let secured: SecuredKafka;
let stage: Stage;
let admin: Admin;
let credentials: Record<string, string>;

beforeAll(async () => {
  secured = await startSecuredKafka();
  credentials = {
    KAFKA_BROKERS: secured.brokers.SASL,
    KAFKA_SSL: 'true',
    KAFKA_SSL_CA: files.write('ca', secured.authority.cert),
    KAFKA_SASL_MECHANISM: 'scram-sha-512',
    KAFKA_SASL_USERNAME: 'limited',
    KAFKA_SASL_PASSWORD: PASSWORD,
    CREATE_TOPICS: 'false',
  };
});

beforeEach(async () => {
  stage = await Stage.set(credentials, { brokers: secured.kafka.brokers });
  admin = stage.topics.kafka.admin();
  await admin.connect();
});

afterEach(async () => {
  await admin.disconnect();
  await stage.strike();
});

afterAll(async () => {
  await secured.close();
  files.remove();
});

/** All that docs/operating.md names. */
function allRights(): Granted[] {
  const { events, deliveries, deadLetters, group } = stage.topics;
  return [
    ['topic', events, 'READ'],
    ['group', group, 'READ'],
    ['topic', deliveries, 'WRITE'],
    ['topic', deadLetters, 'WRITE'],
    ['topic', deliveries, 'READ'],
    ['group', `${group}-history`, 'READ'],
  ];
}

function entry([resource, name, operation]: Granted): Parameters<Admin['createAcls']>[0]['acl'][number] {
  return {
    resourceType: resource === 'topic' ? AclResourceTypes.TOPIC : AclResourceTypes.GROUP,
    resourceName: name,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal: 'User:limited',
    host: '*',
    operation: AclOperationTypes[operation],
    permissionType: AclPermissionTypes.ALLOW,
  };
}

async function grant(...granted: Granted[]): Promise<void> {
  await admin.createAcls({ acl: granted.map(entry) });
  await known(granted, true);
}

async function revoke(...granted: Granted[]): Promise<void> {
  const { filterResponses } = await admin.deleteAcls({ filters: granted.map(entry) });
  expect(filterResponses.flatMap(({ matchingAcls }) => matchingAcls)).toHaveLength(granted.length);
  await known(granted, false);
}

/** The controller has it at once; the broker goes by it, and tells it, a moment later. */
async function known(granted: readonly Granted[], there: boolean): Promise<void> {
  await eventually(async () => {
    for (const one of granted) {
      const { resources } = await admin.describeAcls(entry(one));
      expect(resources.length > 0).toBe(there);
    }
  });
}

async function refusal(environment: Record<string, string> = {}): Promise<string> {
  const service = stage.spawnService(environment);
  expect(await service.ended()).toEqual({ code: 1, signal: null });
  expect(service.stderr).not.toMatch(/^\s+at /m);
  return service.stderr.trim();
}

async function readiness(
  service: Service,
): Promise<{ status: number; error: Record<string, { message: string }> }> {
  const answer = await fetch(`${service.url}/health/ready`);
  const { error } = (await answer.json()) as { error: Record<string, { message: string }> };
  return { status: answer.status, error };
}

/** Red with this sentence, in one look after another; then green when the right is back, with the event delivered. */
async function missesAtRunTime(right: Granted, part: string, start: () => Promise<void>): Promise<void> {
  await grant(...allRights());
  const service = await stage.startService();
  await service.createWebhook({ url: stage.receiver.url('/hook') });
  await revoke(right);
  await start();
  const [resource, name, operation] = right;
  const denied = `Kafka denies this client ${operation} on ${resource} ${name}: add an ACL that allows it`;
  const looks: number[] = [];
  await eventually(async () => {
    const { status, error } = await readiness(service);
    expect(error[part]?.message).toContain(denied);
    looks.push(status);
    // Rebuilt over and over, the consumer must not look well in between.
    expect(looks.length).toBeGreaterThan(100);
  });
  expect(new Set(looks)).toEqual(new Set([503]));
  expect(service.log.some(({ why }) => String(why).includes(denied))).toBe(true);

  await grant(right);
  const event = userEvent('jdoe');
  await stage.topics.produce(event);
  await eventually(async () => {
    expect(stage.attempts.map(({ event_id }) => event_id)).toContain(event.id);
    expect((await readiness(service)).status).toBe(200);
  });
  expect(service.exit).toBeNull();
}

describe('at start', () => {
  it('the rights that docs/operating.md names are enough', async () => {
    await grant(...allRights());
    const service = await stage.startService();
    await service.createWebhook({ url: stage.receiver.url('/hook') });
    await stage.topics.produce(userEvent('jdoe'));
    await stage.topics.write([{ value: 'poison' }]);
    const deadLetters = await stage.topics.readDeadLetters();
    await eventually(async () => {
      expect(stage.attempts).toHaveLength(1);
      expect(deadLetters).toHaveLength(1);
      expect(await stage.topics.committed()).toBe(2);
    });
  });

  it('those for looking at dead letters and sending them back are only missed by who does', async () => {
    const { events, deadLetters } = stage.topics;
    await grant(...allRights());
    const service = await stage.startService();
    await stage.topics.write([{ key: 'k', value: 'poison' }]);
    const denial = async (): Promise<string> => {
      const { status, data } = await service.rest().get<{ detail: string }>('/dead-letters');
      return status === 503 ? data.detail : '';
    };
    await eventually(async () => {
      expect(await denial()).toContain(`Kafka denies this client READ on topic ${deadLetters}: add an ACL`);
    });
    await grant(['topic', deadLetters, 'READ']);
    const { partition, offset } = await eventually(async () => {
      const { data } = await service
        .rest()
        .get<{ data: { partition: number; offset: string }[] }>('/dead-letters');
      const [letter] = data.data;
      if (!letter) throw new Error('there is none');
      return letter;
    });
    const path = `/dead-letters/${partition}/${offset}`;
    const sendBack = () => service.rest().post<{ detail: string }>(`${path}/send-back`, { force: true });
    expect(await sendBack()).toMatchObject({
      status: 503,
      data: { detail: expect.stringContaining(`denies this client WRITE on topic ${events}`) as string },
    });
    expect((await service.rest().get<unknown>(path)).data).toMatchObject({ sent_back: [] });
    await grant(['topic', events, 'WRITE']);
    await eventually(async () => {
      expect((await sendBack()).status).toBe(202);
    });
    expect((await readiness(service)).status).toBe(200);
  });

  it('all that are missing are named at once, with the ACL', async () => {
    const { events, deliveries, deadLetters, group } = stage.topics;
    expect(await refusal()).toBe(
      `user-webhooks did not start: Kafka denies this client READ on topic ${events}, READ on group ${group}, ` +
        `WRITE on topic ${deliveries}, WRITE on topic ${deadLetters}, READ on topic ${deliveries}, ` +
        `READ on group ${group}-history: add an ACL for each, as with ` +
        `kafka-acls --add --allow-principal User:… --operation READ --topic ${events}`,
    );
  });

  it.each([0, 1, 2, 3, 4, 5])('each one alone is named (%d)', async (missing) => {
    const rights = allRights();
    const [[resource, name, operation] = ['topic', '', 'READ']] = rights.splice(missing, 1);
    // To see something is not to use it.
    await grant(...rights, [resource as 'topic', name, 'DESCRIBE']);
    expect(await refusal()).toBe(
      `user-webhooks did not start: Kafka denies this client ${operation} on ${resource} ${name}: add an ACL that ` +
        `allows it, as with kafka-acls --add --allow-principal User:… --operation ${operation} --${resource} ${name}`,
    );
  });

  it('that to write notices is said, and missed by nothing else; when it is there, they are published', async () => {
    const { notices: topic } = stage.topics;
    await grant(...allRights(), ['topic', topic, 'DESCRIBE']);
    const service = await stage.startService();
    const denied = `Kafka denies this client WRITE on topic ${topic}: add an ACL that allows it`;
    const said = (): LogLine[] => service.log.filter((line) => JSON.stringify(line).includes(denied));
    expect(said().map(({ msg }) => msg)).toEqual([
      expect.stringMatching(/^Notices are not published: .* or set NOTICES_TOPIC=none to do without$/),
    ]);
    await service.createWebhook({ url: stage.receiver.url('/hook') });
    await stage.topics.write([{ value: 'poison' }]);
    await stage.topics.produce(userEvent('jdoe'));
    await eventually(async () => {
      expect(said()).toHaveLength(2);
      expect(stage.attempts).toHaveLength(1);
      expect(await stage.topics.committed()).toBe(2);
    });
    expect((await readiness(service)).status).toBe(200);
    const published = await stage.topics.readNotices();
    await grant(['topic', topic, 'WRITE']);
    await eventually(() => {
      expect(published.map(({ notice }) => notice.type)).toEqual(['dead_letter']);
    });
  });

  it('to create topics is named where that is to be done', async () => {
    const missing = `${stage.topics.deliveries}-2`;
    await grant(...allRights(), ['topic', missing, 'DESCRIBE']);
    const environment = { DELIVERIES_TOPIC: missing, CREATE_TOPICS: 'true' };
    expect(await refusal(environment)).toContain(`Kafka denies this client CREATE on topic ${missing}`);
    await grant(['topic', missing, 'CREATE']);
    expect(await refusal(environment)).toContain(`Kafka denies this client WRITE on topic ${missing}`);
    await grant(['topic', missing, 'WRITE'], ['topic', missing, 'READ']);
    expect((await (await stage.startService(environment)).stop()).code).toBe(0);
  });
});

it('npm run doctor names all that are missing, and with them it has no fault', async () => {
  interface Finding {
    readonly check: string;
    readonly state: string;
    readonly found: string;
  }
  const { events, deliveries, deadLetters, group, notices } = stage.topics;
  const environment = {
    ...stage.topics.environment,
    ...credentials,
    DATABASE_URL: stage.database.url,
    ADMIN_TOKEN,
    SECRETS_KEY,
  };
  const findings = async (): Promise<{ code: number | null; kafka: Finding[] }> => {
    const { code, stdout } = await runCommand('doctor.js', ['--json'], environment);
    const all = (JSON.parse(stdout) as { findings: Finding[] }).findings;
    return {
      code,
      kafka: all.filter(({ state, check }) => state !== 'ok' && !/PostgreSQL|schema/.test(check)),
    };
  };
  const seen: Granted[] = [events, deliveries, deadLetters, notices].map((topic) => [
    'topic',
    topic,
    'DESCRIBE',
  ]);
  await grant(['topic', events, 'READ'], ...seen);
  const before = await findings();
  expect(before.code).toBe(1);
  expect(before.kafka).toContainEqual(
    expect.objectContaining({
      check: 'rights in Kafka',
      state: 'fault',
      found: expect.stringContaining(
        `Kafka denies this client READ on group ${group}, WRITE on topic ${deliveries}, WRITE on topic ${deadLetters}, ` +
          `READ on topic ${deliveries}, READ on group ${group}-history: add an ACL for each`,
      ) as string,
    }),
  );
  const ofNotices = before.kafka.find(({ check }) => check === `topic ${notices}`);
  expect(ofNotices).toMatchObject({ state: 'warning' });
  expect(ofNotices?.found).toContain(`Kafka denies this client WRITE on topic ${notices}`);
  await grant(...allRights(), ['topic', notices, 'WRITE']);
  const after = await findings();
  expect(after.kafka.filter(({ state }) => state === 'fault')).toEqual([]);
  expect(after.kafka.map(({ check }) => check)).not.toContain(`topic ${notices}`);
  expect(after.code).toBe(0);
});

describe('at run time', () => {
  const nothing = (): Promise<void> => Promise.resolve();

  it('to read the events topic', async () => {
    await missesAtRunTime(['topic', stage.topics.events, 'READ'], 'user_events', nothing);
  });

  it('to be in the group', async () => {
    await missesAtRunTime(['group', stage.topics.group, 'READ'], 'user_events', nothing);
  });

  it('to write results', async () => {
    await missesAtRunTime(['topic', stage.topics.deliveries, 'WRITE'], 'deliveries', () =>
      stage.topics.produce(userEvent('someone')),
    );
  });

  it('to write dead letters', async () => {
    await missesAtRunTime(['topic', stage.topics.deadLetters, 'WRITE'], 'dead_letters', () =>
      stage.topics.write([{ value: 'poison' }]),
    );
  });
});
