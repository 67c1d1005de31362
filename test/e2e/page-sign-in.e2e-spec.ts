/** Signing in to the admin page at a real OpenID provider, in a real browser: there and back, and every way it can fail. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { freePort } from '../../dev/ports.ts';
import { CALLBACK_PATH } from '../../src/auth/sign-in.ts';
import { complaints } from '../support/axe.ts';
import { TestBrowser, type TestPage } from '../support/browser.ts';
import { comes } from '../support/page-clock.ts';
import { CLIENT_ID, CLIENT_SECRET, OpenIdProvider } from '../support/openid-provider.ts';
import type { Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';

let stage: Stage;
let provider: OpenIdProvider;
let service: Service;
let browser: TestBrowser;
let lifetimeSeconds = 300;
let opened: TestPage | null = null;
/** All that the browser was sent to, and what it sent along. */
let addresses: string[] = [];

beforeAll(async () => {
  stage = await Stage.set();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  provider = await OpenIdProvider.start({
    redirectUri: url + CALLBACK_PATH,
    secret: CLIENT_SECRET,
    lifetime: () => lifetimeSeconds,
  });
  const settings = {
    PORT: String(port),
    PUBLIC_URL: url,
    OIDC_ISSUER: provider.url,
    OIDC_AUDIENCE: CLIENT_ID,
    OIDC_ADMIN_VALUES: 'ops',
    OIDC_VIEWER_VALUES: 'staff',
    OIDC_CLIENT_ID: CLIENT_ID,
    OIDC_CLIENT_SECRET: CLIENT_SECRET,
  };
  [service, browser] = await Promise.all([stage.startService(settings), TestBrowser.launch()]);
});

afterEach(async () => {
  await opened?.close();
  opened = null;
  lifetimeSeconds = 300;
});

afterAll(async () => {
  await browser.close();
  await provider.close();
  await stage.strike();
});

async function open(path: string, locale = 'en-GB'): Promise<Page> {
  opened = await browser.open(service.url + path, { locale, clock: true });
  addresses = [];
  opened.page.on('framenavigated', (frame) => addresses.push(frame.url()));
  return opened.page;
}

const issuerButton = (page: Page) =>
  page.getByRole('link', { name: `Sign in with ${new URL(provider.url).host}` });

/** As one of the provider's people, or `refuse`. */
async function signInAs(page: Page, name: string): Promise<void> {
  await issuerButton(page).click();
  await page.getByRole('link', { name }).click();
}

/** What any script of the page could read. */
async function readable(page: Page): Promise<string> {
  return page.evaluate<string>(
    'JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }, location.href])',
  );
}

it('an admin comes back to the address that was open, with nothing secret in reach of a script', async () => {
  const page = await open('/webhooks?search=mail&state=disabled');
  await signInAs(page, 'ada');
  await page.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
  expect(page.url()).toBe(`${service.url}/webhooks?search=mail&state=disabled`);
  await page.getByText('ada', { exact: true }).waitFor();
  await page.getByText('Admin', { exact: true }).waitFor();

  const cookies = await page.context().cookies(service.url);
  const session = cookies.find(({ name }) => name === 'user-webhooks-session');
  expect(session).toMatchObject({ httpOnly: true, sameSite: 'Strict', expires: -1 });
  expect(await readable(page)).not.toMatch(/eyJ|token|code=/);
  // Codes are in no address but that of the way back, which leads on at once.
  expect(addresses.filter((address) => address.startsWith(service.url)).join(' ')).not.toMatch(/code=|eyJ/);
  expect(JSON.stringify(service.log)).not.toMatch(/eyJ|code=[^*]/);

  // A reload and another tab have the session, and what is changed is done by this person.
  await page.reload();
  await page.getByText('ada', { exact: true }).waitFor();
  const id = await page.evaluate<string>(`fetch('/api/v1/webhooks', {
    method: 'POST',
    headers: { 'X-CSRF': '1', 'Content-Type': 'application/json' },
    body: JSON.stringify({ url: 'https://hooks.example.com/a', triggers: ['user_created'] }),
  }).then((answer) => answer.json()).then(({ id }) => id)`);
  const audit = await service.rest().get<{ data: object[] }>(`/audit?webhook_id=${id}`);
  expect(audit.data.data).toMatchObject([{ actor: 'ada', actor_kind: 'oidc', role: 'admin' }]);
  expect(opened?.faults).toEqual([]);
});

it('a cookie alone, as another site could make a browser send it, is nobody', async () => {
  const page = await open('/');
  await signInAs(page, 'ada');
  await page.getByRole('heading', { name: 'Overview', level: 1 }).waitFor();
  expect(await page.evaluate(`fetch('/api/v1/webhooks').then(({ status }) => status)`)).toBe(401);
  const [cookie] = (await page.context().cookies(service.url)).filter(({ name }) => name.endsWith('session'));
  const headers = { Cookie: `${cookie?.name}=${cookie?.value}`, 'X-CSRF': '1' };
  expect((await service.rest(null).get('/session', { headers })).status).toBe(200);
  expect((await service.rest('wrong-token-of-anybody').get('/session', { headers })).status).toBe(401);
});

it('a viewer can change nothing, and signs out for good', async () => {
  const page = await open('/overview');
  await signInAs(page, 'vic');
  await page.getByText('Viewer', { exact: true }).waitFor();
  expect(
    await page.evaluate(
      `fetch('/api/v1/webhooks', { method: 'POST', headers: { 'X-CSRF': '1' } }).then(({ status }) => status)`,
    ),
  ).toBe(403);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await issuerButton(page).waitFor();
  await page.waitForFunction(`fetch('/api/v1/sign-in', { headers: { 'X-CSRF': '1' } })
    .then((answer) => answer.json()).then((ways) => ways.signed_in === false)`);
  await page.reload();
  await issuerButton(page).waitFor();
  expect(opened?.faults.filter((fault) => !fault.includes('403'))).toEqual([]);
});

it('a session that is over says so, keeps the address, and goes on there', async () => {
  lifetimeSeconds = 4;
  const page = await open('/webhooks?search=mail');
  await signInAs(page, 'ada');
  await page.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
  await comes(page.getByText('Your session has ended. Sign in again to go on where you were.'));
  expect(page.url()).toBe(`${service.url}/webhooks?search=mail`);
  lifetimeSeconds = 300;
  // The provider still knows who it is.
  await issuerButton(page).click();
  await page.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
  expect(page.url()).toBe(`${service.url}/webhooks?search=mail`);
  // The browser itself notes the 401.
  expect(opened?.faults.filter((fault) => !fault.includes('401'))).toEqual([]);
});

it.each([
  ['who refuses', 'refuse', 'The sign-in was refused, by you or by the identity provider.'],
  ['who has no role', 'nora', 'Your account has no role here.'],
])('somebody %s is told so, and the address is clean again', async (_what, name, text) => {
  const page = await open('/audit');
  await signInAs(page, name);
  await page.getByRole('alert').getByText(text).waitFor();
  expect(await complaints(page)).toEqual([]);
  expect(page.url()).toBe(`${service.url}/audit`);
  expect(await page.context().cookies(service.url)).not.toContainEqual(
    expect.objectContaining({ name: 'user-webhooks-session' }),
  );
  expect(opened?.faults).toEqual([]);
});

it('a state that was tampered with signs nobody in; in German as well', async () => {
  const page = await open('/webhooks', 'de-DE');
  await page.getByRole('link', { name: /^Anmelden mit localhost/ }).click();
  await page.getByRole('link', { name: 'ada' }).waitFor();
  await page.goto(`${service.url}${CALLBACK_PATH}?code=stolen&state=of-somebody-else`);
  await page.getByText('Diese Anmeldung wurde nicht in diesem Browser begonnen').waitFor();
  expect(page.url()).toBe(`${service.url}/webhooks`);
  expect(opened?.faults).toEqual([]);
});

it('a token still works beside it, and an issuer that is away is said', async () => {
  const page = await open('/webhooks');
  provider.broken = true;
  await signInAs(page, 'ada');
  await page.getByText('The identity provider does not answer').waitFor();
  provider.broken = false;
  await page.getByLabel('Access token').fill('test-admin-token-0123456789');
  await page.getByRole('button', { name: 'Sign in with the token' }).click();
  await page.getByRole('heading', { name: 'Webhooks', level: 1 }).waitFor();
  expect(opened?.faults).toEqual([]);
});
