import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Webhook as Verifier } from 'standardwebhooks';
import { privateJwk, privateKeyText, publicKeyText } from '../model/signing-keys.ts';
import { HmacSha256, Signer } from './signer.ts';

/** As published; see the reference libraries of Standard Webhooks and Svix. */
const FIRST = {
  secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: '1614265330',
  body: '{"test": 2432232314}',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
const SECOND = {
  secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
  id: 'msg_27UH4WbU6Z5A5EzD8u03UvzRbpk',
  timestamp: '1649367553',
  body: '{"email":"test@example.com","username":"test_user"}',
  signature: 'v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=',
};
const ED25519 = {
  privateKey: 'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==',
  publicKey: 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=',
  signature: 'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==',
};
const NOW = 1_764_000_000_000;

const current = { secret: FIRST.secret, expiresAt: null };
const signed = (signer: Signer, { id, timestamp, body } = FIRST): string =>
  signer.sign(id, timestamp, Buffer.from(body), NOW);

describe('the published vectors', () => {
  it.each([FIRST, SECOND])('$id', (vector) => {
    const signer = new Signer({
      signingSecrets: [{ secret: vector.secret, expiresAt: null }],
      ed25519Key: null,
    });
    expect(signed(signer, vector)).toBe(vector.signature);
  });

  it('Ed25519, behind the one of the secret', () => {
    const signer = new Signer({ signingSecrets: [current], ed25519Key: ED25519.privateKey });
    expect(signed(signer)).toBe(`${FIRST.signature} ${ED25519.signature}`);
    const jwk = privateJwk(ED25519.privateKey);
    expect(publicKeyText(jwk)).toBe(ED25519.publicKey);
    expect(privateKeyText(jwk)).toBe(ED25519.privateKey);
  });
});

describe('a secret that was replaced', () => {
  const replaced = (expiresAt: number): Signer =>
    new Signer({
      signingSecrets: [
        { secret: SECOND.secret, expiresAt: null },
        { secret: FIRST.secret, expiresAt },
      ],
      ed25519Key: null,
    });

  it('signs along, behind the new one, until it expires', () => {
    const [first, second, ...others] = signed(replaced(NOW + 1)).split(' ');
    expect(second).toBe(FIRST.signature);
    expect(first).not.toBe(second);
    expect(others).toEqual([]);
    expect(signed(replaced(NOW))).toBe(first);
  });
});

it('what is signed is verified by the reference library, any bytes of UTF-8', () => {
  const signer = new Signer({ signingSecrets: [current], ed25519Key: ED25519.privateKey });
  const body = '{"username":"jdoe","name":"Zoë ✓ 𝒳"}';
  const timestamp = String(Math.floor(Date.now() / 1000));
  const headers = {
    'webhook-id': 'evt_1',
    'webhook-timestamp': timestamp,
    'webhook-signature': signer.sign('evt_1', timestamp, Buffer.from(body), Date.now()),
  };
  const verifier = new Verifier(FIRST.secret);
  expect(verifier.verify(body, headers)).toEqual(JSON.parse(body));
  expect(() => verifier.verify(`${body} `, headers)).toThrow();
  expect(() => verifier.verify(body, { ...headers, 'webhook-id': 'evt_2' })).toThrow();
  expect(() => new Verifier(SECOND.secret).verify(body, headers)).toThrow();
});

const bytes = (maxLength: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));

it("HMAC-SHA256 is node:crypto's, for keys of any length and however often it is used", () => {
  const message = fc.tuple(fc.string({ unit: 'binary' }), bytes(300));
  fc.assert(
    fc.property(bytes(130), fc.array(message, { minLength: 1, maxLength: 3 }), (key, messages) => {
      const hmac = new HmacSha256(key);
      for (const [head, body] of messages) {
        expect(hmac.digest(head, body)).toBe(
          createHmac('sha256', key).update(head).update(body).digest('base64'),
        );
      }
    }),
  );
});
