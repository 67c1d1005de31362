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

const TOKEN = 'a/b+c"d&e';
const CODED = sampleWebhook({
  secretToken: TOKEN,
  url: 'https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX',
  headers: {
    'X-Bearer': 'Bearer part-of-a-value',
    'X-Cookie': 'session=0123456789; theme=dark',
    'X-Basic': `Basic ${Buffer.from('user:pass word').toString('base64')}`,
  },
});

it.each([
  ['a JSON encoder of PHP', '{"a":"a\\/b+c\\"d&e"}', '{"a":"***"}'],
  ['escapes of JSON in capitals', '"a\\u002Fb\\u002Bc\\u0022d\\u0026e"', '"***"'],
  ['and in small letters', '"a\\u002fb\\u002bc\\u0022d\\u0026e"', '"***"'],
  ['a URL with small letters', '?t=a%2fb%2bc%22d%26e&x=1', '?t=***&x=1'],
  ['a URL that was escaped twice', '?t=a%252fb%252Bc%2522d%2526e&x=1', '?t=***&x=1'],
  ['names of HTML', '<b>a&sol;b&plus;c&quot;d&amp;e</b>', '<b>***</b>'],
  ['numbers of HTML', '<b>a&#47;b&#x2B;c&#34;d&#038;e</b>', '<b>***</b>'],
  [
    'JSON within HTML',
    '<b>{&quot;a&quot;:&quot;a\\/b+c\\&quot;d&amp;e&quot;}</b>',
    '<b>{&quot;a&quot;:&quot;***&quot;}</b>',
  ],
  ['JSON within JSON', JSON.stringify(JSON.stringify({ a: TOKEN })), '"{\\"a\\":\\"***\\"}"'],
  ['JavaScript', "'a\\x2fb\\x2Bc\\u{22}d\\x26e'", "'***'"],
  ['Python', "'a\\U0000002fb\\x2Bc\\U00000022d&e'", "'***'"],
  ['C, in octal numbers', 'a\\057b\\053c\\042d\\046e', '***'],
  ['escape() of JavaScript', 'a%u002fb%u002Bc%22d%26e', '***'],
  ['the token without its scheme', 'no such token: part-of-a-value', 'no such token: ***'],
  ['a part of a cookie', '0123456789 is no session', '*** is no session'],
  ['Basic credentials in clear', 'user:pass word', '***'],
  ['the password alone', 'wrong: pass+word, pass%20word', 'wrong: ***, ***'],
  [
    'UTF-16, of which every second byte is shown as unknown',
    Buffer.from(`<${TOKEN}>`, 'utf16le').toString('latin1').replaceAll('\0', '\ufffd'),
    '<\ufffd***>\ufffd',
  ],
  ['the path', 'POST /services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX', 'POST /services/***/***/***'],
])('a secret does not leak as it is written by %s', (_how, text, masked) => {
  expect(withoutSecrets(text, CODED, false)).toBe(masked);
});

it.each(['hex', 'base64', 'base64url'] as const)(
  'a secret does not leak as %s, nor within a text that is so',
  (encoding) => {
    const { secretToken } = sampleWebhook({ secretToken: 'tök/en+1>?~~~ÿÿ9' });
    const webhook = sampleWebhook({ secretToken });
    for (const before of ['', 'x', 'Bearer ', '{"token":"'])
      for (const behind of ['', '"}']) {
        const shown = withoutSecrets(
          Buffer.from(`${before}${secretToken}${behind}`).toString(encoding),
          webhook,
          false,
        );
        expect(shown).toContain('***');
        expect(Buffer.from(shown.replaceAll('*', ''), encoding).toString()).not.toMatch(/k\/|\+1|9/);
      }
    const upper = Buffer.from(String(secretToken)).toString('hex').toUpperCase();
    expect(withoutSecrets(`key ${upper}`, webhook, false)).toBe('key ***');
  },
);

it.each([64, 76])('a secret does not leak as Base64 in lines of %d characters', (columns) => {
  const webhook = sampleWebhook({ secretToken: 'a-token-that-is-longer-than-a-line' });
  const base64 = Buffer.from(`Authorization: Bearer ${webhook.secretToken}, and more behind it`).toString(
    'base64',
  );
  const lines = base64.replace(new RegExp(`.{${columns}}`, 'g'), '$&\r\n');
  const shown = withoutSecrets(lines, webhook, false);
  expect(shown).toContain('***');
  expect(Buffer.from(shown.replaceAll('*', ''), 'base64').toString()).not.toMatch(/token|longer|line/);
});

it('an answer that may mean more than anybody needs is not shown at all', () => {
  expect(withoutSecrets('%5c&amp;\\u0026%2541\\\\&#37;'.repeat(30), CODED, true)).toBe('***');
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
