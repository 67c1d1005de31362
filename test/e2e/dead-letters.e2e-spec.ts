/** Dead letters by REST: found, looked at, and sent back, as they came or mended. */
import type { AxiosResponse } from 'axios';
import { CompressionTypes, type Message } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  DeadLetterPage,
  DeadLetterView,
  SentBackView,
} from '../../src/dead-letters/dead-letters.dto.ts';
import type { FieldFault } from '../../src/model/field-fault.ts';
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

function list(params: Record<string, unknown> = {}): Promise<AxiosResponse<DeadLetterPage>> {
  return service.rest(VIEWER_TOKEN).get('/dead-letters', { params });
}

async function write(messages: Message[]): Promise<void> {
  await stage.topics.write(messages);
}

/** The dead letter of what was written with this key, once it is there: the newest one. */
function letterOf(key: string): Promise<DeadLetterView> {
  return eventually(async () => {
    const { data } = await list({ limit: 100 });
    const letter = data.data.find((one) => one.key !== null && 'text' in one.key && one.key.text === key);
    if (!letter) throw new Error(`no dead letter has the key ${key}`);
    return letter;
  });
}

type Answer = AxiosResponse<SentBackView & Omit<Problem, 'errors'> & { errors?: FieldFault[] }>;

const sendBack = ({ partition, offset }: DeadLetterView, body?: object): Promise<Answer> =>
  service.rest().post(`/dead-letters/${partition}/${offset}/send-back`, body);

describe('the list', () => {
  it('pages through all partitions, newest first, and no page repeats or skips one while more come', async () => {
    const since = new Date().toISOString();
    const keys = Array.from({ length: 40 }, (_, index) => `page-${index}`);
    for (const key of keys) await write([{ key, value: `no json ${key}` }]);
    await letterOf(keys.at(-1) ?? '');
    const found: DeadLetterView[] = [];
    let cursor: string | null = null;
    do {
      const { data }: { data: DeadLetterPage } = await list({
        limit: 7,
        since,
        ...(cursor !== null && { cursor }),
      });
      found.push(...data.data);
      cursor = data.next_cursor;
      await write([{ key: 'meanwhile', value: 'no json' }]);
    } while (cursor !== null);
    const times = found.map(({ timestamp }) => timestamp ?? '');
    expect(times).toEqual(times.toSorted().reverse());
    const places = found.map(({ partition, offset }) => `${partition}/${offset}`);
    expect(new Set(places).size).toBe(places.length);
    const own = found.filter(({ key }) => key !== null && 'text' in key && keys.includes(key.text));
    expect(own).toHaveLength(40);
    expect(new Set(own.map(({ partition }) => partition)).size).toBeGreaterThan(1);
  });

  it('filters by reason and time', async () => {
    await write([
      { key: 'empty', value: null },
      { key: 'broken', value: '{' },
    ]);
    const [empty, broken] = [await letterOf('empty'), await letterOf('broken')];
    expect([empty.reason, broken.reason]).toEqual(['empty', 'invalid_json']);
    const reasons = (await list({ reason: 'empty' })).data.data.map(({ reason }) => reason);
    expect(new Set(reasons)).toEqual(new Set(['empty']));
    const until = new Date(Date.parse(broken.timestamp ?? '')).toISOString();
    const before = (await list({ until, limit: 100 })).data.data;
    expect(before.length).toBeGreaterThan(0);
    expect(before.filter(({ timestamp }) => (timestamp ?? '') >= until)).toEqual([]);
    const later = new Date(Date.now() + 3_600_000).toISOString();
    expect((await list({ since: later })).data).toEqual({ data: [], next_cursor: null });
    for (const params of [
      { reason: 'bad' },
      { since: 'today' },
      { cursor: 'x' },
      { order: 'asc' },
      { since: until, until },
    ])
      expect([params, (await list(params)).status]).toEqual([params, 400]);
  });

  it('cuts what is long, and one has all of its bytes', async () => {
    const value = 'ä'.repeat(3_000);
    const headers = { 'x-text': 'text', 'x-bytes': Buffer.from([0xff, 0x00]), 'x-long': 'l'.repeat(1_000) };
    await write([{ key: Buffer.from('long'), value, headers }]);
    const listed = await letterOf('long');
    expect(listed).toMatchObject({ value: { text: 'ä'.repeat(512) }, value_bytes: 6_000, sent_back: [] });
    const path = `/dead-letters/${listed.partition}/${listed.offset}`;
    const { data } = await service.rest(VIEWER_TOKEN).get<DeadLetterView>(path);
    expect(data).toMatchObject({ ...listed, value: { text: value }, headers: expect.anything() as unknown });
    expect(data.headers).toEqual([
      { name: 'x-text', value: { text: 'text' } },
      { name: 'x-bytes', value: { base64: '/wA=' } },
      { name: 'x-long', value: { text: 'l'.repeat(1_000) } },
    ]);
    expect(data.source).toMatchObject({ topic: stage.topics.events });
    for (const place of ['0/999999', '99/0', 'x/0', '0/-1', '0/99999999999999999999'])
      expect([place, (await service.rest().get(`/dead-letters/${place}`)).status]).toEqual([place, 404]);
  });
});

describe('sending back', () => {
  it('a mended value is delivered with the key and the headers as they came, and it is remembered and audited', async () => {
    const event = userEvent('mended');
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await service.createWebhook({ url: stage.receiver.url('/mended') });
    await write([
      { key: 'mended', value: JSON.stringify({ ...event, type: 'user_gone' }), headers: { traceparent } },
    ]);
    const letter = await letterOf('mended');
    expect(letter.reason).toBe('unknown_type');

    const asItIs = await sendBack(letter);
    expect([asItIs.status, asItIs.data.code]).toEqual([400, 'validation_failed']);
    expect(asItIs.data.errors).toMatchObject([
      { field: 'value', message: expect.stringContaining('user_gone') as string },
    ]);

    const value = { text: JSON.stringify(event) };
    const { status, data } = await sendBack(letter, { value });
    expect([status, data.topic, data.partition]).toEqual([
      202,
      stage.topics.events,
      letter.source?.partition,
    ]);
    await eventually(() => {
      expect(stage.receiver.of('/mended')).toMatchObject([
        { body: JSON.stringify(event.data), headers: { 'webhook-id': event.id, traceparent } },
      ]);
    });
    const shown = await letterOf('mended');
    expect(shown.sent_back).toMatchObject([{ by: 'admin', partition: data.partition, offset: data.offset }]);
    const { data: trail } = await service.rest().get<{ data: object[] }>('/audit', {
      params: { action: 'dead_letter.sent_back' },
    });
    expect(trail.data).toMatchObject([
      {
        webhook_id: null,
        changes: {
          dead_letter: { before: null, after: `${letter.partition}/${letter.offset}` },
          value: 'changed',
        },
      },
    ]);
  });

  it('what would only come back is sent where that is wanted, without dlq headers, however often', async () => {
    const headers = { 'x-a': '1' };
    await write([{ key: 'forced', value: 'no json', headers }]);
    const first = await letterOf('forced');
    expect((await sendBack(first, { force: true })).status).toBe(202);
    const second = await eventually(async () => {
      const letter = await letterOf('forced');
      expect(letter.offset).not.toBe(first.offset);
      return letter;
    });
    expect(second).toMatchObject({ partition: first.partition, value: { text: 'no json' } });
    expect(second.headers).toEqual([{ name: 'x-a', value: { text: '1' } }]);
    expect(Number(second.source?.offset)).toBeGreaterThan(Number(first.source?.offset));
    expect((await sendBack(first, { value: { base64: '' }, force: true })).status).toBe(202);
    const again = await service
      .rest()
      .get<DeadLetterView>(`/dead-letters/${first.partition}/${first.offset}`);
    expect(again.data.sent_back).toHaveLength(2);
  });

  it('what the dead-letter topic had no room for is looked for in the events topic', async () => {
    const text = 'no json '.repeat(160 * 1024);
    await stage.topics.write([{ key: 'large', value: text }], CompressionTypes.GZIP);
    const letter = await letterOf('large');
    expect(letter).toMatchObject({ value: null, value_bytes: text.length });
    const asItIs = await sendBack(letter, { force: true });
    // Packed it had room, as it is it has none there either.
    expect(asItIs.data).toMatchObject({
      status: 400,
      detail: expect.stringContaining('MESSAGE_TOO_LARGE') as string,
    });
    expect((await letterOf('large')).sent_back).toEqual([]);
    const { status } = await sendBack(letter, { value: { text: JSON.stringify(userEvent('large')) } });
    expect(status).toBe(202);
    await stage.topics.forget(letter.source?.partition ?? -1, -1);
    expect((await sendBack(letter, { force: true })).data).toMatchObject({
      status: 410,
      code: 'event_expired',
    });
  });

  it('is for admins, of what there is, with a value that is one', async () => {
    const letter = await letterOf('forced');
    const path = `/dead-letters/${letter.partition}/${letter.offset}/send-back`;
    expect((await service.rest(VIEWER_TOKEN).post(path)).status).toBe(403);
    expect((await sendBack({ ...letter, offset: '999999' })).status).toBe(404);
    for (const value of ['text', {}, { text: 'a', base64: '' }, { base64: '!' }, null])
      expect([value, (await sendBack(letter, { value })).data.code]).toEqual([value, 'validation_failed']);
    const large = await sendBack(letter, { value: { text: 'x'.repeat(300 * 1024) } });
    expect(large.data.code).toBe('payload_too_large');
  });
});
