/** A start that cannot go on is one clear sentence with the way out, exit code 1, and nothing half-started. */
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Stage } from '../support/stage.ts';

let stage: Stage;

beforeEach(async () => {
  stage = await Stage.set();
});

afterEach(() => stage.strike());

async function failedStart(environment: Record<string, string>): Promise<string> {
  const service = stage.spawnService(environment);
  expect(await service.ended()).toEqual({ code: 1, signal: null });
  expect(service.stderr).not.toMatch(/^\s+at /m);
  return service.stderr.trim();
}

it('names every wrong setting at once, and no secret', async () => {
  const stderr = await failedStart({
    PORT: '99999',
    MAX_IN_FLIGHT: 'many',
    ADMIN_TOKEN: 'short',
    RETRY_SCHEDULE: '5s,soon',
  });
  expect(stderr).toContain('PORT must be a whole number from 0 to 65535, but is "99999"');
  expect(stderr).toContain('MAX_IN_FLIGHT must be a whole number');
  expect(stderr).toContain('ADMIN_TOKEN must be at least 16 characters long');
  expect(stderr).toContain('RETRY_SCHEDULE');
  expect(stderr).not.toContain('short');
});

it('says that no broker answers', async () => {
  expect(await failedStart({ KAFKA_BROKERS: '127.0.0.1:9' })).toMatch(
    /^user-webhooks did not start: No Kafka broker could be used at 127\.0\.0\.1:9 \(.*ECONNREFUSED.*\): start it, or correct KAFKA_BROKERS/,
  );
});

it('says that the database does not answer, without its password', async () => {
  const stderr = await failedStart({ DATABASE_URL: 'postgres://someone:hush-hush@127.0.0.1:9/there' });
  expect(stderr).toMatch(/^user-webhooks did not start: PostgreSQL at 127\.0\.0\.1:9 cannot be used/);
  expect(stderr).not.toContain('hush-hush');
});

it('says which topic is missing, and makes it only when told to', async () => {
  const environment = { USER_EVENTS_TOPIC: `${stage.topics.events}-missing` };
  expect(await failedStart({ ...environment, CREATE_TOPICS: 'false' })).toBe(
    `user-webhooks did not start: Kafka has no topic ${stage.topics.events}-missing: create it, or start with CREATE_TOPICS=true`,
  );
  const service = await stage.startService(environment);
  expect(await service.stop()).toEqual({ code: 0, signal: null });
});

it('says that the port is taken', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const stderr = await failedStart({ PORT: String(port) });
  expect(stderr).toContain(
    `The HTTP server cannot listen on 127.0.0.1:${port} (EADDRINUSE): correct HOST or PORT`,
  );
  server.close();
});

it('writes its settings to the log with secrets masked', async () => {
  const service = await stage.startService();
  const settings = service.log.find(({ msg }) => msg === 'starting')?.['settings'];
  expect(settings).toMatchObject({
    DATABASE_URL: '***',
    ADMIN_TOKEN: '***',
    KAFKA_GROUP_ID: stage.topics.group,
  });
});
