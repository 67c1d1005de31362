import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Receiver } from '../../test/support/receiver.ts';
import { structured } from './cloud-event.ts';
import { webhookFailing } from './notice.ts';
import { UrlWay } from './url-way.ts';

const TOKEN = 'operators-token-0123456789';
const WEBHOOK = { id: '019ab000-0000-7000-8000-000000000001', url: 'https://a.example/', description: '' };
const NOTICE = webhookFailing(WEBHOOK, new Date(0), 0);

let receiver: Receiver;
beforeEach(async () => {
  receiver = await Receiver.start();
});
afterEach(() => receiver.close());

describe('UrlWay', () => {
  it('posts a structured CloudEvent with the token', async () => {
    await new UrlWay(receiver.url('/notices?a=b'), TOKEN).send(NOTICE);
    const [request] = receiver.requests;
    expect(request).toMatchObject({
      method: 'POST',
      path: '/notices?a=b',
      headers: {
        authorization: `Bearer ${TOKEN}`,
        'content-type': 'application/cloudevents+json; charset=utf-8',
      },
    });
    expect(JSON.parse(request?.body ?? '')).toEqual(structured(NOTICE));
  });

  it('sends no Authorization without a token', async () => {
    await new UrlWay(receiver.url(), null).send(NOTICE);
    expect(receiver.requests[0]?.headers.authorization).toBeUndefined();
  });

  it.each([
    ['an answer that is no success', 503, {}, 'it answered 503'],
    ['a redirect, which is not followed', 302, { location: '/elsewhere' }, 'it answered 302'],
  ])('fails at %s, and says so without the token', async (_, status, headers, why) => {
    receiver.answer = (_request, response) => void response.writeHead(status, headers).end();
    const way = new UrlWay(receiver.url('/key?token=s3cret'), TOKEN);
    const error: unknown = await way.send(NOTICE).catch((thrown: unknown) => thrown);
    expect(way.explain(error)).toEqual({ why, hopeless: false });
    expect(receiver.requests).toHaveLength(1);
    expect(way.place).toBe(receiver.url('/key?token=***'));
  });

  it('fails where nothing listens, and where no answer comes in time', async () => {
    receiver.answer = () => undefined;
    const silent = new UrlWay(receiver.url(), TOKEN, [], 20);
    const late: unknown = await silent.send(NOTICE).catch((thrown: unknown) => thrown);
    expect(silent.explain(late).why).toBe('no complete answer within 20 ms');
    const nobody = new UrlWay('http://127.0.0.1:1/', TOKEN);
    const refused: unknown = await nobody.send(NOTICE).catch((thrown: unknown) => thrown);
    expect(nobody.explain(refused).why).toBe('ECONNREFUSED');
  });
});
