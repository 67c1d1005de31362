import { expect, it } from 'vitest';
import { sampleWebhook } from '../../test/support/sample-webhook.ts';
import { withoutSecrets } from './mask-secrets.ts';

const CURRENT = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const BEFORE = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDAA==';
const WEBHOOK = sampleWebhook({
  url: 'https://x.example/hook?key=url%2fvalue+1&v=1&b%61re',
  secretToken: 'to"ken/1',
  headers: { 'X-Key': 'key-value', 'X-Form': 'hdr secret!', 'X-Longer': 'a key-value too', 'X-Short': 'abc' },
  signingSecrets: [
    { secret: CURRENT, expiresAt: null },
    { secret: BEFORE, expiresAt: 1 },
  ],
  ed25519Key: 'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc=',
});

it.each([
  ['Authorization: Bearer to"ken/1', 'Authorization: Bearer ***'],
  ['{"authorization":"Bearer to\\"ken/1"}', '{"authorization":"Bearer ***"}'],
  ['?token=to%22ken%2F1', '?token=***'],
  ['a key-value too, key-value', '***, ***'],
  [`secrets ${CURRENT} and ${BEFORE}`, 'secrets whsec_*** and whsec_***=='],
  ['whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc=', 'whsk_***='],
])('%s becomes %s', (text, masked) => {
  expect(withoutSecrets(text, WEBHOOK, false)).toBe(masked);
});

it.each([
  ['GET /hook?key=url%2fvalue+1&v=1&b%61re', 'GET /hook?key=***&v=1&***'],
  ['{"key":"url/value 1","v":"1","bare":""}', '{"key":"***","v":"1","***":""}'],
  ['url/value+1, url%2Fvalue%201, url%2Fvalue+1, url%2Fvalue%2B1', '***, ***, ***, ***'],
])("the receiver's URL does not leak its query: %s becomes %s", (text, masked) => {
  expect(withoutSecrets(text, WEBHOOK, false)).toBe(masked);
});

it('the value of a header does not leak as a form writes it', () => {
  expect(withoutSecrets('x=hdr+secret%21&y=hdr%20secret!', WEBHOOK, false)).toBe('x=***&y=***');
});

it('leaves what is not secret, and what is too short to be one', () => {
  for (const text of ['', 'ok', 'abc', 'user_created', 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=']) {
    expect(withoutSecrets(text, WEBHOOK, true)).toBe(text);
  }
});

it('masks the beginning of a secret at the end of a text that was cut off, and only there', () => {
  expect(withoutSecrets('you sent to"ke', WEBHOOK, true)).toBe('you sent ***');
  expect(withoutSecrets(`you sent ${CURRENT.slice(0, 20)}`, WEBHOOK, true)).toBe('you sent whsec_***');
  expect(withoutSecrets('you sent to"ke', WEBHOOK, false)).toBe('you sent to"ke');
});
