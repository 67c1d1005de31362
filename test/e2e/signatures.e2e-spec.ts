/** Every request is signed, so that receivers can check it with the reference library: also while keys change. */
import axios from 'axios';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withClient } from '../../dev/embedded-postgres.ts';
import type { PublicJwk } from '../../src/model/signing-keys.ts';
import { newSigningSecret, sealSigningSecrets } from '../../src/secrets/webhook-secrets.ts';
import { secretBox } from '../support/database-secrets.ts';
import { eventually } from '../support/eventually.ts';
import type { ReceivedRequest } from '../support/receiver.ts';
import type { Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { userEvent } from '../support/topics.ts';
import { isSignedBy, signaturesOf, verified } from '../support/verify.ts';

interface NewWebhook {
  id: string;
  signing_secret: string;
}

let stage: Stage;
let service: Service;
let paths = 0;

beforeAll(async () => {
  stage = await Stage.set();
  service = await stage.startService();
});

afterAll(() => stage.strike());

async function create(values: object = {}): Promise<NewWebhook & { path: string }> {
  paths += 1;
  const path = `/hook-${paths}`;
  const answer = await service.rest().post<NewWebhook>('/webhooks', {
    url: stage.receiver.url(path),
    triggers: ['user_created', 'user_modified', 'user_deleted', 'user_keys'],
    method: 'POST',
    ...values,
  });
  expect(answer.status).toBe(201);
  expect(answer.headers['cache-control']).toBe('no-store');
  return { ...answer.data, path };
}

async function rotate(id: string): Promise<string> {
  const answer = await service
    .rest()
    .post<{ signing_secret: string }>(`/webhooks/${id}/rotate-signing-secret`);
  expect([answer.status, Object.keys(answer.data)]).toEqual([200, ['signing_secret']]);
  expect(answer.headers['cache-control']).toBe('no-store');
  return answer.data.signing_secret;
}

/** Produces one event, and waits for its request at the path. */
async function delivered(path: string, event = userEvent('jdoe')): Promise<ReceivedRequest> {
  await stage.topics.produce(event);
  return eventually(() => {
    const request = stage.receiver.of(path).find(({ headers }) => headers['webhook-id'] === event.id);
    if (!request) throw new Error(`${event.id} was not delivered`);
    return request;
  });
}

type Key = PublicJwk & Record<'kid' | 'whpk', string>;

async function publicKey(of = service): Promise<Key> {
  const { data } = await axios.get<{ keys: Key[] }>(`${of.url}/.well-known/jwks.json`);
  const [key] = data.keys;
  if (!key) throw new Error('there is no key');
  return key;
}

describe('the signing secret of a webhook', () => {
  it('is shown when it is made, never again, and of 32 bytes', async () => {
    const webhook = await create();
    expect(webhook.signing_secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const answers = [
      await service.rest().get<unknown>(`/webhooks/${webhook.id}`),
      await service.rest().get<unknown>('/webhooks'),
      await service.rest().patch<unknown>(`/webhooks/${webhook.id}`, { description: 'x' }),
    ];
    for (const { status, data } of answers) {
      expect(status).toBe(200);
      expect(JSON.stringify(data)).not.toContain('whsec_');
    }
    expect((await create()).signing_secret).not.toBe(webhook.signing_secret);
  });

  it.each(['GET', 'POST', 'PUT'])('signs the body that is sent with %s, of every trigger', async (method) => {
    const { path, signing_secret } = await create({ method });
    for (const type of ['user_created', 'user_modified', 'user_deleted', 'user_keys']) {
      const event = userEvent('jdoe', { type, data: { name: 'Zoë ✓', number: 17.5 } });
      const request = await delivered(path, event);
      expect(request.method).toBe(method);
      expect(verified(request, signing_secret)).toEqual(
        type === 'user_deleted' ? { username: 'jdoe' } : event.data,
      );
      expect(signaturesOf(request)).toHaveLength(1);
      expect(() => verified({ ...request, body: `${request.body} ` }, signing_secret)).toThrow();
    }
  });

  it('signs each retry with the time of that attempt', async () => {
    // Timestamps have seconds, and a delay may be a fifth shorter: after one of a second both could be the same.
    const { path, signing_secret } = await create({ retry_schedule: ['2s'] });
    stage.receiver.answer = (request, response) => {
      response.statusCode = request.path === path && stage.receiver.of(path).length === 1 ? 500 : 200;
      response.end();
    };
    await delivered(path);
    const [first, second] = await eventually(() => {
      const requests = stage.receiver.of(path);
      expect(requests).toHaveLength(2);
      return requests;
    });
    if (!first || !second) throw new Error('two requests');
    for (const request of [first, second]) expect(verified(request, signing_secret)).toBeTruthy();
    expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
    expect(signaturesOf(second)).not.toEqual(signaturesOf(first));
  });

  it('signs test sends', async () => {
    const { id, path, signing_secret } = await create({ enabled: false });
    const answer = await service.rest().post<unknown>(`/webhooks/${id}/test`, { trigger: 'user_keys' });
    expect(answer).toMatchObject({ status: 200, data: { outcome: 'delivered' } });
    const [request] = stage.receiver.of(path);
    if (!request) throw new Error('a request');
    expect(verified(request, signing_secret)).toMatchObject({ username: 'jdoe' });
  });
});

describe('a rotation', () => {
  it('makes a new secret, beside which those before it sign along', async () => {
    const { id, path, signing_secret } = await create();
    const secrets = [await rotate(id), signing_secret];
    let request = await delivered(path);
    expect(signaturesOf(request)).toHaveLength(2);
    for (const secret of secrets) expect(verified(request, secret)).toBeTruthy();
    // The new one first.
    const onlyFirst = { ...request.headers, 'webhook-signature': signaturesOf(request)[0] ?? '' };
    expect(verified({ ...request, headers: onlyFirst }, secrets[0] ?? '')).toBeTruthy();

    for (let more = 0; more < 5; more += 1) secrets.unshift(await rotate(id));
    request = await delivered(path);
    for (const secret of secrets.slice(0, 5)) expect(verified(request, secret)).toBeTruthy();
    for (const secret of secrets.slice(5)) expect(() => verified(request, secret)).toThrow();
  });

  it('at the same moment as others makes a secret of its own, and none is lost', async () => {
    const { id, path, signing_secret } = await create();
    const secrets = await Promise.all([rotate(id), rotate(id), rotate(id)]);
    const request = await delivered(path);
    for (const secret of [signing_secret, ...secrets]) expect(verified(request, secret)).toBeTruthy();
    expect(signaturesOf(request)).toHaveLength(4);
  });

  it('leaves an expired one behind', async () => {
    const { id, path } = await create();
    const [current, expired] = [newSigningSecret(), newSigningSecret()];
    const sealed = sealSigningSecrets(secretBox, id, [current, { ...expired, expiresAt: Date.now() - 1 }]);
    await withClient(stage.database.url, (client) =>
      client.query('UPDATE webhooks SET signing_secrets = $2 WHERE id = $1', [id, sealed]),
    );
    await eventually(async () => {
      const request = await delivered(path);
      expect(signaturesOf(request)).toHaveLength(1);
      expect(verified(request, current.secret)).toBeTruthy();
    });
  });

  it('of what is not there is 404', async () => {
    for (const id of ['019ab000-0000-7000-8000-000000000001', 'nonsense']) {
      const answer = await service.rest().post<unknown>(`/webhooks/${id}/rotate-signing-secret`);
      expect(answer).toMatchObject({ status: 404, data: { code: 'not_found' } });
    }
  });

  it('needs the token', async () => {
    const { id } = await create();
    const answer = await service.rest(null).post<unknown>(`/webhooks/${id}/rotate-signing-secret`);
    expect(answer.status).toBe(401);
  });
});

describe('a webhook that was written by hand', () => {
  it('is never delivered to unsigned; a rotation shows the next secret', async () => {
    paths += 1;
    const path = `/hook-${paths}`;
    const id = '019ab000-0000-7000-8000-0000000000aa';
    await withClient(stage.database.url, (client) =>
      client.query(
        `INSERT INTO webhooks (id, url, triggers, method, secret_token, headers)
         VALUES ($1, $2, '{user_created}', 'POST', 'by-hand-token', '{"X-Key": "by-hand-value"}')`,
        [id, stage.receiver.url(path)],
      ),
    );
    await eventually(async () => {
      await stage.topics.produce(userEvent('jdoe'));
      expect(stage.receiver.of(path).length).toBeGreaterThan(0);
    });
    for (const request of stage.receiver.of(path)) {
      expect(signaturesOf(request)[0]).toMatch(/^v1,[A-Za-z0-9+/]{43}=$/);
      expect(request.headers).toMatchObject({
        authorization: 'Bearer by-hand-token',
        'x-key': 'by-hand-value',
      });
    }
    const secret = await rotate(id);
    expect(verified(await delivered(path), secret)).toBeTruthy();
  });
});

describe('Ed25519', () => {
  it('signs beside the secret where a webhook asks for it, and the key needs no token', async () => {
    const plain = await create();
    const both = await create({ ed25519_signature: true });
    const key = await publicKey();
    expect(key).toMatchObject({ kty: 'OKP', crv: 'Ed25519', use: 'sig', alg: 'EdDSA' });
    expect(key.whpk).toBe(`whpk_${Buffer.from(key.x, 'base64url').toString('base64')}`);
    expect(JSON.stringify(key)).not.toContain('"d"');

    const event = userEvent('jdoe');
    const request = await delivered(both.path, event);
    expect(signaturesOf(request).map((signature) => signature.split(',')[0])).toEqual(['v1', 'v1a']);
    expect(verified(request, both.signing_secret)).toEqual(event.data);
    expect(isSignedBy({ ...key }, request)).toBe(true);
    expect(isSignedBy({ ...key }, { ...request, body: `${request.body} ` })).toBe(false);
    expect(signaturesOf(await delivered(plain.path))).toHaveLength(1);
  });

  it('has one key for all instances, whichever needs it first', async () => {
    const other = await Stage.set();
    try {
      const services = await Promise.all([other.startService(), other.startService(), other.startService()]);
      const keys = await Promise.all([...services, ...services, ...services].map(publicKey));
      expect(new Set(keys.map(({ kid }) => kid)).size).toBe(1);
      expect(keys[0]?.kid).not.toBe((await publicKey()).kid);
      await Promise.all(services.map((each) => each.stop()));
      expect((await publicKey(await other.startService())).kid).toBe(keys[0]?.kid);
    } finally {
      await other.strike();
    }
  });
});
