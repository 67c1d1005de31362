/**
 * What every view of the admin page owes to everybody: no complaint of axe in either theme, nothing that its policy
 * forbids, no error on the console, no sideways scrolling on a phone, whole in German, small, and kept as it should be.
 *
 * `SCREENSHOTS=docs/screenshots` keeps a picture of each.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import axios from 'axios';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PAGE_PATHS } from '../../src/page/page-paths.ts';
import { complaints, type AxeOptions } from '../support/axe.ts';
import { TestBrowser } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { plantDay } from '../support/planted-day.ts';
import { ADMIN_TOKEN, type Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { userEvent } from '../support/topics.ts';

const WEB = fileURLToPath(new URL('../../dist/web/', import.meta.url));
const FIRST_VIEW_MAX_BYTES = 250 * 1024;
const SCREENSHOTS = process.env['SCREENSHOTS'];
/** What React, the charts and a new width of the window have to say is on the screen. */
const DRAWN = 'new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))';
const DESKTOP = { width: 1280, height: 860 };
const PHONE = { width: 360, height: 740 };

interface Look {
  readonly colorScheme: 'light' | 'dark';
  readonly viewport: { readonly width: number; readonly height: number };
  /** What axe asks: everything, or what the colours change. On a phone and in German it would find the same. */
  readonly axe?: AxeOptions;
}

/** A view is opened once in each language, and then looked at in each of these. */
const LOOKS: Record<string, Record<string, Look>> = {
  'en-GB': {
    light: { colorScheme: 'light', viewport: DESKTOP, axe: {} },
    dark: {
      colorScheme: 'dark',
      viewport: DESKTOP,
      axe: { runOnly: ['color-contrast', 'link-in-text-block'] },
    },
    phone: { colorScheme: 'light', viewport: PHONE },
  },
  'de-DE': { 'phone-de': { colorScheme: 'dark', viewport: PHONE } },
};

let stage: Stage;
let service: Service;
let browser: TestBrowser;
interface View {
  readonly path: string;
  /** The heading that shows that it is there. */
  readonly ready: RegExp;
  /** What somebody does to see it. */
  readonly act?: (page: Page) => Promise<void>;
  readonly signedOut?: boolean;
}

let views: Record<string, View>;

beforeAll(async () => {
  stage = await Stage.set();
  [service, browser] = await Promise.all([stage.startService(), TestBrowser.launch()]);
  const id = await service.createWebhook({
    url: stage.receiver.url('/users'),
    description: 'Provision mailboxes and calendars',
    headers: { 'X-Tenant': 'acme' },
    secret_token: 's3cret',
    retry_schedule: ['5s', '5m', '2h', '1d'],
  });
  await service.createWebhook({
    url: 'https://hooks.example.com/identity/v2/a-path-that-is-rather-long/users?tenant=acme',
    description: 'Sync to the HR system',
    triggers: ['user_created', 'user_deleted'],
  });
  const changed = await service.createWebhook({
    url: 'https://chat.example.org/hooks/42',
    triggers: ['user_keys'],
    enabled: false,
  });
  await service.rest().post(`/webhooks/${id}/test`, { trigger: 'user_created' });
  await stage.topics.produce(userEvent('jdoe', { data: { email: 'jane.doe@example.com' } }));
  await eventually(async () => {
    const { data } = await service
      .rest()
      .get<{ data: unknown[] }>('/deliveries?username=jdoe&status=delivered');
    expect(data.data.length).toBeGreaterThan(0);
  });
  await plantDay(stage.database.url, id);
  views = {
    // Before the tab has a token.
    'sign-in': { path: '/', ready: /^(Sign in|Anmelden)$/, signedOut: true },
    webhooks: { path: '/webhooks', ready: /^Webhooks$/ },
    'new-webhook': { path: '/webhooks/new', ready: /^(Add new webhook|Neuen Webhook hinzufügen)$/ },
    webhook: { path: `/webhooks/${id}`, ready: /^http:/ },
    'test-send': { path: `/webhooks/${id}?tab=test`, ready: /^http:/ },
    signature: { path: `/webhooks/${id}?tab=signature`, ready: /^http:/ },
    'edit-conflict': {
      path: `/webhooks/${changed}/edit`,
      ready: /^(Edit webhook|Webhook bearbeiten)$/,
      act: (page) => conflict(page, changed),
    },
    'replay-plan': { path: `/webhooks/${id}?tab=replays`, ready: /^http:/, act: planReplay },
    delivery: { path: `/webhooks/${id}?tab=deliveries`, ready: /^http:/, act: openDelivery },
    'edit-webhook': { path: `/webhooks/${id}/edit`, ready: /^(Edit webhook|Webhook bearbeiten)$/ },
    overview: { path: '/overview', ready: /^(Overview|Überblick)$/ },
    deliveries: { path: '/deliveries', ready: /^(Deliveries|Zustellungen)$/ },
    replays: { path: '/replays', ready: /^(Replays|Wiedergaben)$/ },
    explain: { path: '/explain', ready: /^(Explain|Erklären)$/ },
    'dead-letters': { path: '/dead-letters', ready: /^(Dead letters|Unlesbares)$/ },
    audit: { path: '/audit', ready: /^(Audit|Protokoll)$/ },
    nowhere: { path: '/webhooks/nowhere/at/all', ready: /^(There is nothing here|Hier ist nichts)$/ },
  };
});

afterAll(async () => {
  await browser.close();
  await stage.strike();
});

/** Somebody else changes what is being edited. */
async function conflict(page: Page, id: string): Promise<void> {
  const { data } = await service.rest().get<{ timeout_ms: number | null }>(`/webhooks/${id}`);
  await page.getByRole('textbox', { name: /^(Description|Beschreibung)$/ }).fill('Keys to the help desk');
  await page.getByRole('checkbox', { name: /^(User deleted|Benutzer gelöscht)/ }).check();
  const timeout_ms = (data.timeout_ms ?? 4_000) + 1_000;
  const description = `Chat of the help desk, floor ${timeout_ms / 1_000}`;
  await service.rest().patch(`/webhooks/${id}`, { description, timeout_ms });
  await page.getByRole('button', { name: /^(Save changes|Änderungen speichern)$/ }).click();
  await page.getByRole('dialog').getByRole('table').waitFor();
}

async function planReplay(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^(Replay events|Ereignisse wiedergeben)$/ }).click();
  await page.getByRole('button', { name: /^(Make a plan|Planen)$/ }).click();
  await page.getByRole('button', { name: /^(Send 1 |1 Zustellung)/ }).waitFor();
}

async function openDelivery(page: Page): Promise<void> {
  await page.getByRole('table').getByRole('button').first().click();
  await page.getByRole('button', { name: /^(Copy as curl|Als curl kopieren)$/ }).waitFor();
}

it.each(Object.entries(LOOKS))('every view is fit to be seen: %s', async (locale, looks) => {
  const { page, faults, close } = await browser.open('about:blank', { locale });
  for (const [name, { path, ready, act, signedOut }] of Object.entries(views)) {
    const token = signedOut === true ? '' : `#token=${ADMIN_TOKEN}`;
    await page.goto(`${service.url}${path}${token}`);
    await page.getByRole('heading', { name: ready }).first().waitFor();
    await page.locator('.mantine-Skeleton-root').first().waitFor({ state: 'detached' });
    await act?.(page);
    for (const [look, { colorScheme, viewport, axe }] of Object.entries(looks)) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(viewport);
      await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor();
      await page.evaluate(DRAWN);
      if (SCREENSHOTS !== undefined)
        await page.screenshot({
          path: join(SCREENSHOTS, `${name}-${look}.png`),
          fullPage: act === undefined,
        });
      expect([name, look, axe && (await complaints(page, axe))]).toEqual([name, look, axe && []]);
      const overhang = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      expect([name, look, overhang]).toEqual([name, look, 0]);
      const text = await page.locator('body').innerText();
      const key = /\b[a-z]+\.[a-z_]+\.[a-z_]+\b/.exec(text.replaceAll(/\S*[/@]\S*/g, ''));
      expect([name, look, key]).toEqual([name, look, null]);
    }
    // A browser itself complains of the 412 by which the page knows that somebody was faster.
    expect([name, faults.splice(0).filter((fault) => !fault.includes('412'))]).toEqual([name, []]);
  }
  await close();
});

it('by keyboard alone the first stop skips the navigation, and a dialog gives the focus back', async () => {
  const { page, faults, close } = await browser.open(`${service.url}/webhooks#token=${ADMIN_TOKEN}`);
  await page.getByRole('table').waitFor();
  await page.keyboard.press('Tab');
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to content');
  await page.keyboard.press('Enter');
  expect(await page.evaluate('document.activeElement.id')).toBe('view');
  const actions = page.getByRole('button', { name: /^Actions for http:/ });
  await actions.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: 'Delete' }).press('Enter');
  await page.getByRole('dialog', { name: 'Delete this webhook?' }).waitFor();
  expect(await page.evaluate('document.activeElement.closest("[role=dialog]") !== null')).toBe(true);
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(faults).toEqual([]);
  await close();
});

describe('the page', () => {
  it('is small: scripts, styles and pictures of the first view have at most 250 KiB, compressed', async () => {
    const { page, close } = await browser.open(`${service.url}/webhooks#token=${ADMIN_TOKEN}`);
    await page.getByRole('table').waitFor();
    const urls = await page.evaluate<string[]>(
      'performance.getEntriesByType("resource").map(({ name }) => name).filter((name) => name.includes("/assets/"))',
    );
    await close();
    const files = [...new Set(urls)].map((url) => join(WEB, new URL(url).pathname));
    // Fonts come compressed, and the view does not wait for them.
    const sizes = files.filter((file) => !file.endsWith('.woff2')).map((file) => statSync(`${file}.gz`).size);
    expect(sizes.length).toBeGreaterThan(3);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(FIRST_VIEW_MAX_BYTES);
  });

  it('is revalidated, may run its own scripts and no other, and asks nobody else', async () => {
    const answers = await Promise.all([1, 2].map(() => axios.get<string>(`${service.url}/`)));
    const [policy, other] = answers.map(({ headers }) => String(headers['content-security-policy']));
    expect(policy?.replace(/nonce-[\w+/=]+/, 'nonce')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self' 'nonce'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(other).not.toBe(policy);
    const [nonce = ''] = /(?<=nonce-)[^']+/.exec(policy ?? '') ?? [];
    expect(answers[0]?.data).toContain(`nonce="${nonce}"`);
    expect(answers[0]?.headers).toMatchObject({
      'cache-control': 'no-store',
      'content-type': 'text/html; charset=utf-8',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
    });
  });

  it('has assets that are kept for ever and come compressed', async () => {
    const [, asset = ''] =
      /src="(\/assets\/[^"]+\.js)"/.exec(readFileSync(join(WEB, 'index.html'), 'utf8')) ?? [];
    const { headers } = await axios.get(service.url + asset, { headers: { 'Accept-Encoding': 'gzip' } });
    expect(headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': expect.stringMatching(/^(text|application)\/javascript/) as string,
      'x-content-type-options': 'nosniff',
    });
    const raw = await axios.get(service.url + asset, {
      headers: { 'Accept-Encoding': 'gzip' },
      decompress: false,
    });
    expect(raw.headers['content-encoding']).toBe('gzip');
  });

  it('is at its own paths and nowhere else', async () => {
    const status = async (path: string, method = 'GET'): Promise<number> =>
      (await axios.request({ method, url: service.url + path, validateStatus: () => true })).status;
    for (const path of PAGE_PATHS)
      expect([path, await status(path.replace('*', 'any/thing'))]).toEqual([path, 200]);
    expect(await status('/webhook')).toBe(404);
    expect(await status('/assets/none.js')).toBe(404);
    expect(await status('/assets/../../package.json')).toBe(404);
    expect(await status('/', 'POST')).toBe(405);
    expect(await status('/api/v1/session')).toBe(401);
  });
});

it('GET /session says whom a token speaks for', async () => {
  const { data } = await service.rest().get<object>('/session');
  expect(data).toMatchObject({ actor: 'admin', actor_kind: 'token', role: 'admin' });
});
