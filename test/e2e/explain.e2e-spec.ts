/** What becomes of an event and why, and what each webhook is sent. */
import type { AxiosResponse } from 'axios';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Explanation } from '../../src/explain/explain.dto.ts';
import type { Attempt } from '../../src/model/attempt.ts';
import type { Problem } from '../../src/rest/problem.ts';
import { eventually } from '../support/eventually.ts';
import type { Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { userEvent } from '../support/topics.ts';

const VIEWER_TOKEN = 'test-viewer-token-0123456789';

let stage: Stage;
let service: Service;

beforeAll(async () => {
  stage = await Stage.set({ VIEWER_TOKEN });
  service = await stage.startService();
});

afterAll(() => stage.strike());

const explain = (body: unknown, token = VIEWER_TOKEN): Promise<AxiosResponse<Explanation & Problem>> =>
  service.rest(token).post('/explain', body);

/** The attempt of an event, once it is there. */
function attemptOf(eventId: string): Promise<Attempt> {
  return eventually(() => {
    const found = stage.attempts.find(({ event_id }) => event_id === eventId);
    if (!found) throw new Error(`the event ${eventId} has no attempt`);
    return found;
  });
}

const placeOf = ({ source_partition, source_offset }: Attempt) => ({
  partition: source_partition ?? -1,
  offset: source_offset ?? '',
});

describe('explain', () => {
  it('tells a viewer of each webhook whether it gets an event of the log, why not, and what it was sent', async () => {
    const made = {
      match: await service.createWebhook({
        url: stage.receiver.url('/match?key=hush'),
        secret_token: 'hush',
        headers: { 'X-Key': 'hush' },
      }),
      trigger_not_chosen: await service.createWebhook({
        url: stage.receiver.url('/other'),
        triggers: ['user_keys'],
      }),
      disabled: await service.createWebhook({ url: stage.receiver.url('/disabled'), enabled: false }),
    };
    const event = userEvent('jdoe', { data: { level: 5 } });
    await stage.topics.produce(event);
    const attempt = await attemptOf(event.id);
    const later = await service.createWebhook({ url: stage.receiver.url('/later') });
    const { status, data } = await explain(placeOf(attempt));
    expect(status).toBe(200);
    expect(data.event).toMatchObject({
      id: event.id,
      type: 'user_created',
      username: 'jdoe',
      source: { topic: stage.topics.events, ...placeOf(attempt) },
    });
    expect(data.fault).toBeNull();
    expect(data.webhooks.map(({ id, why, matches }) => [id, why, matches])).toEqual([
      ...Object.entries(made).map(([why, id]) => [id, why, why === 'match']),
      [later, 'made_later', false],
    ]);
    const [{ request } = {}, ...others] = data.webhooks;
    expect(others.map((other) => other.request)).toEqual([null, null, null]);
    const [received] = stage.receiver.of('/match?key=hush');
    expect(request).toMatchObject({
      method: 'POST',
      url: stage.receiver.url('/match?key=***'),
      body: received?.body,
    });
    const sent = received?.headers ?? {};
    for (const [name, value] of Object.entries(request?.headers ?? {})) {
      const shown = value.includes('***') || name === 'webhook-timestamp';
      expect([name, shown || sent[name.toLowerCase()] === value]).toEqual([name, true]);
      expect(Object.keys(sent)).toContain(name.toLowerCase());
    }
    expect(JSON.stringify(data.webhooks.map((one) => one.request))).not.toContain('hush');
  });

  it('takes an event that is nowhere, also as a CloudEvent, and says of one that cannot be read what is wrong', async () => {
    const event = userEvent('anna', { type: 'user_keys' });
    const native = (await explain({ event })).data;
    expect(native.event).toMatchObject({ id: event.id, username: 'anna', source: null });
    expect(native.webhooks.find(({ url }) => url.endsWith('/other'))).toMatchObject({ why: 'match' });
    const cloud = { ...event, specversion: '1.0', source: '/users', time: event.timestamp };
    expect((await explain({ event: cloud })).data.event).toMatchObject({ username: 'anna' });
    expect((await explain({ event: { ...event, type: 'user_gone' } })).data).toEqual({
      event: null,
      fault: {
        reason: 'unknown_type',
        message: expect.stringContaining('"user_gone"') as string,
        errors: [],
      },
      webhooks: [],
    });
    const { timestamp: _, ...incomplete } = { ...event, id: 7 };
    expect((await explain({ event: incomplete })).data.fault).toMatchObject({
      reason: 'invalid_event',
      errors: [
        { field: 'id', code: 'wrong_type', params: { expected: 'string' } },
        { field: 'timestamp', code: 'missing' },
      ],
    });
  });

  it('refuses what names no event, and says where there is none', async () => {
    const bad = [{}, { event: {}, partition: 1 }, { partition: 1 }, { partition: 0, offset: 1 }, { partition: 0, offset: '-1' }]; // prettier-ignore
    for (const body of bad)
      expect([body, (await explain(body)).data.code]).toEqual([body, 'validation_failed']);
    for (const place of [
      { partition: 99, offset: '0' },
      { partition: 0, offset: '999999' },
    ])
      expect(await explain(place)).toMatchObject({ status: 404, data: { code: 'not_found' } });
    await stage.topics.write([{ key: 'k', value: '{}', partition: 0 }]);
    await stage.topics.forget(0, -1);
    expect(await explain({ partition: 0, offset: '0' })).toMatchObject({
      status: 410,
      data: { code: 'event_expired' },
    });
    expect((await service.rest(null).post('/explain', {})).status).toBe(401);
  });
});
