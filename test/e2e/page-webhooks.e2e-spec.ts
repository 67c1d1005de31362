/** The admin page in a real browser: from signing in over the first webhook to an event that arrives, and what follows. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { TestBrowser, type TestPage } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { comes } from '../support/page-clock.ts';
import { ADMIN_TOKEN, type Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { userEvent } from '../support/topics.ts';

const VIEWER_TOKEN = 'test-viewer-token-0123456789';

let stage: Stage;
let service: Service;
let browser: TestBrowser;

beforeAll(async () => {
  stage = await Stage.set();
  [service, browser] = await Promise.all([stage.startService({ VIEWER_TOKEN }), TestBrowser.launch()]);
});

afterAll(async () => {
  await browser.close();
  await stage.strike();
});

/** Ends with the test. The page must not have complained. */
async function visit(
  path: string,
  work: (page: Page, opened: TestPage) => Promise<void>,
  token = ADMIN_TOKEN,
  locale = 'en-GB',
): Promise<void> {
  const opened = await browser.openTab(`${service.url}${path}#token=${token}`, { locale, clock: true });
  try {
    await work(opened.page, opened);
    expect(opened.faults).toEqual([]);
  } finally {
    await opened.close();
  }
}

describe('signing in', () => {
  it('says nothing of an identity provider where none is set', async () => {
    const { page, close } = await browser.openTab(service.url);
    await page.getByRole('button', { name: 'Sign in', exact: true }).waitFor();
    expect(await page.getByText('Sign in with').count()).toBe(0);
    expect((await service.rest(null).get('/sign-in')).data).toEqual({ oidc: null, signed_in: false });
    expect((await service.rest(null).get('/sign-in/oidc')).status).toBe(404);
    await close();
  });

  it('says of a wrong token that it is none, and lets the right one in; nothing is kept beyond the tab', async () => {
    const opened = await browser.open(`${service.url}/`);
    const { page } = opened;
    await page.getByLabel('Access token').fill('a-token-of-nobody-0123456789');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('The service does not know this token').waitFor();
    await page.getByLabel('Access token').fill(ADMIN_TOKEN);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
    expect(await page.evaluate('JSON.stringify(localStorage)')).not.toContain(ADMIN_TOKEN);
    expect(await page.evaluate('document.cookie')).toBe('');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Access token').waitFor();
    expect(await page.evaluate('JSON.stringify(sessionStorage)')).not.toContain(ADMIN_TOKEN);
    // The browser itself notes the 401.
    expect(opened.faults.filter((fault) => !fault.includes('401'))).toEqual([]);
    await opened.close();
  });

  it('takes the token out of the address at once, and out of what the browser remembers', async () => {
    await visit('/webhooks?trigger=user_keys', async (page) => {
      await page.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
      expect(page.url()).toBe(`${service.url}/webhooks?trigger=user_keys`);
      await page.goBack();
      expect(page.url()).not.toContain(ADMIN_TOKEN);
    });
  });

  it('shows a viewer everything, and why nothing can be changed', async () => {
    await visit(
      '/webhooks',
      async (page) => {
        const add = page.getByRole('button', { name: 'Add new webhook' }).first();
        await add.focus();
        await page.getByRole('tooltip').getByText('you see everything and can change nothing').waitFor();
        await page.keyboard.press('Enter');
        expect(new URL(page.url()).pathname).toBe('/webhooks');
      },
      VIEWER_TOKEN,
    );
  });

  it('ends when the service takes the token no more', async () => {
    await visit('/webhooks', async (page, opened) => {
      await page.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
      await page.evaluate("sessionStorage.setItem('user-webhooks.token', 'a-token-of-yesterday-0123456')");
      await page.reload();
      await page.getByText('your token is not valid any more').waitFor();
      opened.faults.length = 0;
    });
  });
});

describe('a webhook', () => {
  let secret = '';

  it('is made by its form, which says what is wrong beside the field; its secret is shown once', async () => {
    await visit('/webhooks', async (page, opened) => {
      await page.getByRole('heading', { name: "You don't have any webhooks" }).waitFor();
      await page.getByRole('button', { name: 'Add new webhook' }).last().click();
      await page.getByRole('button', { name: 'Create webhook' }).click();
      await page.getByText('Select at least one event').waitFor();
      expect(await page.evaluate('document.activeElement.getAttribute("type")')).toBe('url');

      await page.getByLabel('New user created').check();
      await page.getByLabel('User YubiKey provision').check();
      await page.getByRole('textbox', { name: 'URL' }).fill('http://10.0.0.1/users');
      await page.getByRole('button', { name: 'Create webhook' }).click();
      await page.getByText('must not point to the private or reserved address 10.0.0.1').waitFor();
      await page.getByText('Why some addresses are refused').waitFor();

      await page.getByRole('textbox', { name: 'URL' }).fill(stage.receiver.url('/users'));
      await page.getByRole('textbox', { name: 'Description' }).fill('Mailboxes');
      await page.getByRole('textbox', { name: 'Secret token' }).fill('s3cret');
      await page.getByRole('button', { name: 'Add header' }).click();
      await page.getByLabel('Name of header 1').fill('X-Tenant');
      await page.getByLabel('Value of header X-Tenant').fill('acme');
      await page.getByRole('button', { name: 'Create webhook' }).click();
      const dialog = page.getByRole('dialog', { name: 'The webhook is ready' });
      secret = (await dialog.locator('pre').first().textContent()) ?? '';
      expect(secret).toMatch(/^whsec_/);
      await page.keyboard.press('Escape');
      await dialog.getByRole('tab', { name: 'Go' }).click();
      await dialog.getByText('standardwebhooks.NewWebhook').waitFor();
      await dialog.getByRole('button', { name: 'I have stored it' }).click();
      await dialog.waitFor({ state: 'detached' });
      // The browser itself notes the 400.
      opened.faults.splice(0, Infinity, ...opened.faults.filter((fault) => !fault.includes('400')));
    });
  });

  it('that the service refuses says so in German beside each field, also what only the service knows', async () => {
    const german = async (page: Page, opened: TestPage): Promise<void> => {
      const besides = async (field: string, text: string): Promise<void> => {
        const named = { name: field, exact: true };
        const input = page.getByRole('textbox', named).or(page.getByRole('combobox', named));
        await page.getByText(text).waitFor();
        expect([field, await input.getAttribute('aria-invalid')]).toEqual([field, 'true']);
        const ids = (await input.getAttribute('aria-describedby'))?.split(/\s+/) ?? [];
        const described = await Promise.all(ids.map((id) => page.locator(`[id="${id}"]`).textContent()));
        expect(described.join(' ')).toContain(text);
      };
      const create = page.getByRole('button', { name: 'Webhook anlegen' });
      await page.getByLabel('Neuer Benutzer angelegt').check();
      await page.getByRole('textbox', { name: 'URL' }).fill('http://10.0.0.1/users');
      await page.getByRole('textbox', { name: 'Geheimes Token' }).fill('schlüssel');
      await page.getByRole('button', { name: /^Erweitert/ }).click();
      await page.getByRole('textbox', { name: 'Zertifizierungsstellen' }).fill('kein Zertifikat');
      await page.getByLabel('Ein eigener Zeitplan').check();
      await page.getByRole('combobox', { name: 'Abstände zwischen den Versuchen' }).fill('40d');
      await page.getByRole('button', { name: 'Header hinzufügen' }).click();
      await page.getByLabel('Name von Header 1').fill('Host');
      await page.getByLabel('Wert von Header Host').fill('example.com');
      await create.click();
      await besides('URL', 'Die URL darf nicht zu der privaten oder reservierten Adresse 10.0.0.1 führen');
      await besides('Geheimes Token', 'Hier können nur Buchstaben ohne Umlaute');
      await besides('Zertifizierungsstellen', 'Fügen Sie PEM-Zertifikate ein');
      await besides('Abstände zwischen den Versuchen', 'Eintrag 7: Höchstens 30d');
      await page.getByText('Host: Diesen Header setzt der Dienst oder HTTP selbst').waitFor();
      expect(await page.getByText('must').count()).toBe(0);

      await page.getByRole('textbox', { name: 'URL' }).fill(stage.receiver.url('/users'));
      await page.getByRole('textbox', { name: 'Geheimes Token' }).fill('');
      await page.getByRole('textbox', { name: 'Zertifizierungsstellen' }).fill('');
      await page.getByLabel('Wie im Dienst eingestellt (RETRY_SCHEDULE)').check();
      await page.getByRole('button', { name: 'Header Host entfernen' }).click();
      await create.click();
      await besides('URL', 'Ein anderer Webhook hat diese URL');
      // The browser itself notes the 400 and the 409.
      opened.faults.splice(0, Infinity, ...opened.faults.filter((fault) => !/400|409/.test(fault)));
    };
    await visit('/webhooks/new', german, ADMIN_TOKEN, 'de-DE');
  });

  it('is tried with a sample, whose answer is shown at once', async () => {
    await visit('/webhooks', async (page) => {
      await page.getByRole('link', { name: stage.receiver.url('/users') }).click();
      await page.getByRole('tab', { name: 'Test send' }).click();
      await page.getByRole('button', { name: 'Send test' }).click();
      await page.getByText('HTTP 200').waitFor();
      stage.receiver.answer = (_request, response) => void response.writeHead(422).end('no such mailbox');
      await page.getByRole('button', { name: 'Send again' }).click();
      await page.getByText('The receiver refused it').waitFor();
      await page.getByText('no such mailbox').waitFor();
      stage.receiver.answer = (_request, response) => void response.end('ok');
    });
  });

  it('gets an event of the log, and its signature is found right by hand', async () => {
    const event = userEvent('jdoe', { type: 'user_created' });
    const before = stage.receiver.of('/users').length;
    await stage.topics.write([{ key: 'jdoe', value: JSON.stringify(event) }]);
    const request = await eventually(() => {
      const [, ...arrived] = stage.receiver.of('/users').slice(before - 1);
      if (!arrived[0]) throw new Error('nothing arrived');
      return arrived[0];
    });
    expect(request.headers).toMatchObject({ authorization: 'Bearer s3cret', 'x-tenant': 'acme' });
    await visit('/webhooks', async (page) => {
      await page.getByRole('link', { name: stage.receiver.url('/users') }).click();
      await page.getByRole('tab', { name: 'Signature' }).click();
      await page.getByLabel('Signing secret').fill(secret);
      for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature'])
        await page.getByLabel(name).fill(String(request.headers[name]));
      await page.getByRole('textbox', { name: 'Body' }).fill(`${request.body} `);
      await page.getByRole('alert', { name: 'The signature is wrong' }).waitFor();
      await page.getByRole('textbox', { name: 'Body' }).fill(request.body);
      await page.getByRole('alert', { name: 'The signature is right' }).waitFor();
    });
  });

  it('that somebody else has changed shows both versions, and takes the choice', async () => {
    const id = await service.createWebhook({
      url: 'https://hooks.example.com/conflict',
      description: 'first',
    });
    await visit(`/webhooks/${id}/edit`, async (page, opened) => {
      await page.getByRole('textbox', { name: 'Description' }).fill('mine');
      await page.getByRole('switch', { name: /^Enabled/ }).uncheck({ force: true });
      await service.rest().patch(`/webhooks/${id}`, { description: 'theirs', method: 'PUT' });
      await page.getByRole('button', { name: 'Save changes' }).click();
      const dialog = page.getByRole('dialog', { name: 'Somebody else changed this webhook' });
      const save = dialog.getByRole('button', { name: 'Save my choice' });
      await dialog.getByText('Choose one more value').waitFor();
      expect(await save.isDisabled()).toBe(true);
      await dialog.getByRole('radio', { name: 'Description: Saved version: theirs' }).check();
      await save.click();
      await page.getByText('The changes are saved').waitFor();
      opened.faults.splice(0, Infinity, ...opened.faults.filter((fault) => !fault.includes('412')));
    });
    const { data } = await service.rest().get<object>(`/webhooks/${id}`);
    expect(data).toMatchObject({ description: 'theirs', method: 'PUT', enabled: false });
  });

  it('keeps what is never shown when something else is changed', async () => {
    await visit('/webhooks', async (page) => {
      await page.getByRole('link', { name: stage.receiver.url('/users') }).click();
      await page.getByRole('button', { name: 'Edit' }).click();
      await page.getByLabel('User deleted').check();
      await page.getByRole('button', { name: 'Save changes' }).click();
      await page.getByText('The changes are saved').waitFor();
    });
    const before = stage.receiver.requests.length;
    await stage.topics.write([
      { key: 'jdoe', value: JSON.stringify(userEvent('jdoe', { type: 'user_deleted' })) },
    ]);
    await eventually(() => {
      expect(stage.receiver.requests.slice(before).map(({ headers }) => headers)).toMatchObject([
        { 'x-defguard-event': 'user_deleted', authorization: 'Bearer s3cret', 'x-tenant': 'acme' },
      ]);
    });
  });

  it('is found by what stands in the address, and deleted after its name is shown', async () => {
    await visit('/webhooks?search=conflict&state=disabled', async (page) => {
      const link = page.getByRole('link', { name: 'https://hooks.example.com/conflict' });
      await link.waitFor();
      expect(await page.getByRole('table').getByRole('link').count()).toBe(1);
      await page.getByRole('button', { name: /^Actions for/ }).click();
      await page.getByRole('menuitem', { name: 'Delete' }).click();
      const dialog = page.getByRole('dialog', { name: 'Delete this webhook?' });
      await dialog.getByText('https://hooks.example.com/conflict').waitFor();
      await dialog.getByText('Nothing waits for it').waitFor();
      await dialog.getByRole('button', { name: 'Delete webhook' }).click();
      await link.waitFor({ state: 'detached' });
    });
    await visit('/audit?action=webhook.deleted', async (page) => {
      await page.getByText('https://hooks.example.com/conflict').waitFor();
    });
  });
});

it('without an answer of the service, says so and goes on when it is back', async () => {
  await visit('/webhooks', async (page, opened) => {
    await page.getByRole('table').waitFor();
    await page.route('**/api/**', (route) => route.abort());
    await page.getByRole('textbox', { name: 'Search webhooks' }).fill('users');
    await comes(page.getByRole('alert').getByText('The service does not answer'));
    await page.unroute('**/api/**');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('link', { name: stage.receiver.url('/users') }).waitFor();
    opened.faults.length = 0;
  });
});
