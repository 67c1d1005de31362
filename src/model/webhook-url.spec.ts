import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { seeded } from '../../test/support/seeded.ts';
import { anyHost, isSpecial } from '../../test/support/special-addresses.ts';
import { AddressRule } from './address-rule.ts';
import {
  literalAddress,
  MAX_URL_LENGTH,
  maskedUrl,
  urlSecrets,
  normalUrl,
  URL_PATTERN,
  urlFault,
} from './webhook-url.ts';

const strict = new AddressRule([]);
const open = new AddressRule(['0.0.0.0/0', '::/0']);

describe('a URL that may be saved', () => {
  it.each([
    'https://example.com',
    'http://example.com/',
    'HTTPS://Example.com/Hooks',
    'https://example.com:8443/a/b;c=1?x=1&y[z]=%20&email=a@b.c',
    'https://example.com./hooks',
    'https://xn--mnchen-3ya.example/hooks',
    'http://receiver:8080/hooks',
    'http://my_receiver/hooks',
    'http://4u.example/',
    'http://host-7b/',
    'https://8.8.8.8/hooks',
    'https://[2606:4700:4700::1111]:443/hooks',
    `https://example.com/${'a'.repeat(MAX_URL_LENGTH - 20)}`,
  ])('%s', (url) => {
    expect(urlFault(url, strict)).toBeNull();
  });
});

describe('a URL that is refused', () => {
  it.each([
    ['', 'must be a URL'],
    ['example.com/hooks', 'must be a URL'],
    ['https://', 'must be a URL'],
    ['https://example.com:70000/', 'must be a URL'],
    ['https://a.1/', 'must be a URL'],
    ['ftp://example.com/', 'must begin with https:// or http://'],
    ['javascript:alert(1)', 'must begin with https:// or http://'],
    ['https:example.com', 'plainly written'],
    ['https:/example.com', 'plainly written'],
    ['https:\\\\example.com\\hooks', 'plainly written'],
    ['https://example.com\\@10.0.0.1/', 'plainly written'],
    ['https://user@example.com/', 'user name or password'],
    ['https://user:pass@example.com/', 'user name or password'],
    ['https://example.com/#part', 'fragment'],
    ['https://example.com/#', 'fragment'],
    [' https://example.com/', 'spaces or control characters'],
    ['https://exam\nple.com/', 'spaces or control characters'],
    ['https://example.com/\u0000', 'spaces or control characters'],
    ['https://example.com/ü', 'plainly written'],
    ['https://münchen.example/', 'plainly written'],
    ['https://example.com/%zz', 'plainly written'],
    ['https://example.com/{id}', 'plainly written'],
    ['https://example.com:0/', 'plainly written'],
    ['https://example.com:/', 'plainly written'],
    [`https://example.com/${'a'.repeat(MAX_URL_LENGTH)}`, 'at most 2048'],
  ])('%j: %s', (url, fault) => {
    expect(urlFault(url, open)?.message).toContain(fault);
  });

  it.each([
    ['http://127.0.0.1/', '127.0.0.1'],
    ['http://127.1/', '127.0.0.1'],
    ['http://2130706433/', '127.0.0.1'],
    ['http://0x7f000001/', '127.0.0.1'],
    ['http://0177.0.0.1/', '127.0.0.1'],
    ['http://１２７.0.0.1/', '127.0.0.1'],
    ['http://0/', '0.0.0.0'],
    ['http://10.1.2.3/', '10.1.2.3'],
    ['http://169.254.169.254/latest/meta-data', '169.254.169.254'],
    ['http://127.0.0.1./', '127.0.0.1'],
    ['http://localhost:8080/', '127.0.0.1'],
    ['http://a.LocalHost./', '127.0.0.1'],
    ['http://[::1]/', '::1'],
    ['http://[::ffff:127.0.0.1]/', '::ffff:7f00:1'],
    ['http://[fd00::1]/', 'fd00::1'],
  ])('%s is the private address %s', (url, address) => {
    expect(urlFault(url, strict)).toEqual({
      code: 'refused_address',
      message: `must not point to the private or reserved address ${address}; ALLOWED_SUBNETS can permit it`,
      params: { address },
    });
  });

  it('is permitted in ALLOWED_SUBNETS', () => {
    const rule = new AddressRule(['10.0.0.0/8', 'fd00::/8']);
    expect(urlFault('http://10.1.2.3/', rule)).toBeNull();
    expect(urlFault('http://[fd00::1]/', rule)).toBeNull();
    expect(urlFault('http://192.168.0.1/', rule)).not.toBeNull();
  });
});

describe('a URL in other spelling', () => {
  it.each([
    ['https://münchen.example:443/hooks', 'plainly written it is https://xn--mnchen-3ya.example/hooks'],
    ['https://example.com/ü', 'plainly written it is https://example.com/%C3%BC'],
  ])('%s is refused, and the plain one is named', (url, hint) => {
    expect(urlFault(url, strict)?.message).toContain(hint);
  });

  it('with a zone is none', () => {
    expect(urlFault('http://[fe80::1%25eth0]/', open)?.message).toContain('must be a URL');
  });
});

describe('the normal form', () => {
  it.each([
    ['HTTPS://Example.COM', 'https://example.com/'],
    ['https://example.com:443/', 'https://example.com/'],
    ['http://example.com:80?a=B', 'http://example.com/?a=B'],
    ['https://example.com:8443/Hooks/', 'https://example.com:8443/Hooks/'],
    ['https://[2606:4700:0:0::1]', 'https://[2606:4700::1]/'],
    ['https://Example.com./hooks', 'https://example.com/hooks'],
    ['https://example.com.:8443?a=b.', 'https://example.com:8443/?a=b.'],
    ['nonsense', 'nonsense'],
  ])('of %s is %s', (url, normal) => {
    expect(normalUrl(url)).toBe(normal);
  });

  it('is one that may be saved again, and its own normal form', () => {
    fc.assert(
      fc.property(fc.stringMatching(URL_PATTERN), (url) => {
        fc.pre(urlFault(url, open) === null);
        expect(urlFault(normalUrl(url), open)).toBeNull();
        expect(normalUrl(normalUrl(url))).toBe(normalUrl(url));
      }),
      seeded(2_000),
    );
  });
});

describe('whatever text is given', () => {
  it('a URL that may be saved has no special address as host', () => {
    fc.assert(
      fc.property(anyHost(), (host) => {
        const url = `http://${host}/`;
        const address = literalAddress(URL.parse(url)?.hostname ?? '');
        if (urlFault(url, strict) === null && address !== null) expect(isSpecial(address)).toBe(false);
      }),
      seeded(5_000),
    );
  });

  it('the answer is one sentence or none', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl()), (text) => {
        const fault = urlFault(text, strict);
        expect(fault === null || fault.message.startsWith('must ')).toBe(true);
      }),
      seeded(5_000),
    );
  });
});

describe('the pattern in the OpenAPI document', () => {
  it('accepts only what the code accepts, private addresses aside', () => {
    fc.assert(
      fc.property(fc.stringMatching(URL_PATTERN), (url) => {
        fc.pre(url.length <= MAX_URL_LENGTH && !/xn--/i.test(url));
        expect(urlFault(url, open)).toBeNull();
      }),
      seeded(2_000),
    );
  });
});

describe('a masked URL', () => {
  it.each([
    ['https://example.com/hooks', 'https://example.com/hooks'],
    ['https://example.com/?token=abc&x=1&token=def', 'https://example.com/?token=***&x=***&token=***'],
    ['https://user:pass@example.com/#part', 'https://example.com/'],
    ['nonsense', ''],
  ])('%s is %s', (url, masked) => {
    expect(maskedUrl(url)).toBe(masked);
  });

  it.each([
    ['https://x.example/?SECRET', 'https://x.example/?***'],
    ['https://x.example/?SECRET&a=b&OTHER', 'https://x.example/?***&a=***&***'],
    ['https://x.example/?c2VjcmV0==', 'https://x.example/?***'],
    ['https://x.example/?=SECRET&&SECRET=', 'https://x.example/?=***&***'],
  ])('does not show a secret that stands in the query without a name: %s is %s', (url, masked) => {
    expect(maskedUrl(url)).toBe(masked);
  });

  it.each([
    ['https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX', 'services/***/***/***'],
    ['https://hooks.slack.com/triggers/T0123/7890123/abc', 'triggers/***/***/***'],
    ['https://discord.com/api/webhooks/1234567890/a-b_C', 'api/webhooks/***/***'],
    ['https://discord.com/api/v10/webhooks/1234567890/a-b_C/slack', 'api/v10/webhooks/***/***/***'],
    ['https://hooks.zapier.com/hooks/catch/1234567/onmspqx/', 'hooks/catch/***/***/'],
    [
      'https://contoso.webhook.office.com/webhookb2/4d2b0f6e-2b58-4f1c-9d0a-1c4e3d5f6a7b@4d2b0f6e-2b58-4f1c-9d0a-1c4e3d5f6a7b/IncomingWebhook/0a1b2c3d4e5f60718293a4b5c6d7e8f9/x',
      'webhookb2/***/***/***/***',
    ],
    ['https://chat.example/hooks/4d2b0f6e-2b58-4f1c-9d0a-1c4e3d5f6a7b', 'hooks/***'],
    ['https://mattermost.example/hooks/xo8jw3qnbfgq8pz7kd5hsrm9ye', 'hooks/***'],
    ['https://chat.example/hooks/XghJ2kLmNoPqRsTuV/a', 'hooks/***/a'],
    ['https://api.telegram.org/bot110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/send', '***/send'],
    ['https://example.com/integration/0a1b2c3d4e5f6071/enqueue', 'integration/***/enqueue'],
    ['https://example.com/trigger/users/with/key/dA1b2cE3fG4', 'trigger/users/with/key/***'],
    ['https://example.com/in/abcdefghijklmnopqrstuvwxyz', 'in/***'],
    ['https://example.com/in/aB3-dE6_gH9.kL2-nO5_qR8', 'in/***'],
    ['https://example.com/in/a%42c%34d%45f%36', 'in/***'],
    ['https://example.com/in/ye7ejtgnibuobepo', 'in/***'],
    ['https://example.com/in/whk_vhfcd684ifdk', 'in/***'],
    ['https://example.com/in/cgvcxdeqmsvyqchg', 'in/***'],
    ['https://example.com/in/8WVSZ-N636Q-1E2KW', 'in/***'],
  ])('does not show a key in the path: %s', (url, path) => {
    expect(maskedUrl(url)).toBe(new URL(`/${path}`, url).href);
    for (const [index, part] of new URL(url).pathname.split('/').entries())
      expect(urlSecrets(url).includes(part)).toBe(`/${path}`.split('/')[index] === '***');
  });

  it.each([
    '/hooks/user-created',
    '/api/v1/webhooks/users',
    '/apis/v1beta1/IncomingWebhook',
    '/webhookb2/oauth2/callback',
    '/notifications-v2-eu-west-1-prod/',
    '/2026-11-24/customer_42/T00000000',
    '/services/1234567890123456789',
    '/UserEventsReceiver/on%20change',
    '/accountprovisioning/Message2Pause/http2https/crm2erp-user-sync',
    '/incoming-webhooks/SettingsCheck/eu-west-1a/users.v2.json',
    '/a/b/c/',
    '//',
  ])('shows what is a name: %s', (path) => {
    expect(maskedUrl(`https://example.com${path}`)).toBe(`https://example.com${path}`);
    expect(urlSecrets(`https://example.com${path}`)).toEqual([]);
  });

  it('shows no key of some length, in whatever alphabet', () => {
    const key = fc.oneof(
      fc.stringMatching(/^[A-Za-z0-9]{24,60}$/),
      fc.stringMatching(/^[0-9a-f]{32}$/).filter((hex) => /\d/.test(hex) && /\D/.test(hex)),
      fc.uuid(),
    );
    fc.assert(
      fc.property(key, (secret) => {
        expect(maskedUrl(`https://example.com/hooks/${secret}/x`)).toBe('https://example.com/hooks/***/x');
      }),
      seeded(1_000),
    );
  });

  it('hides just what is a secret of the query', () => {
    expect(urlSecrets('https://x.example/p?a=b%2Fc&SECRET&d=&=e#f')).toEqual(['b%2Fc', 'SECRET', 'd', 'e']);
    expect(urlSecrets('https://x.example/')).toEqual([]);
    expect(urlSecrets('nonsense')).toEqual([]);
  });
});
