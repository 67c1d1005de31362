/** The admin page in a real browser: what lies in the log is sent to a webhook that is new, was paused, or wishes it again. */
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { withClient } from '../../dev/embedded-postgres.ts';
import { TestBrowser } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { comes } from '../support/page-clock.ts';
import { ADMIN_TOKEN, type Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { userEvent } from '../support/topics.ts';

const HOUR_MS = 3_600_000;

let stage: Stage;
let service: Service;
let browser: TestBrowser;
/** Requests that wait for their answer. */
let held: ServerResponse[];

beforeAll(async () => {
  stage = await Stage.set();
  [service, browser] = await Promise.all([stage.startService(), TestBrowser.launch()]);
});

beforeEach(() => {
  held = [];
  stage.receiver.answer = (_request, response) => void response.end('ok');
});

afterAll(async () => {
  await browser.close();
  await stage.strike();
});

function visit(path: string, work: (page: Page) => Promise<void>): Promise<void> {
  return browser.visit(`${service.url}${path}#token=${ADMIN_TOKEN}`, work);
}

function hold(): void {
  stage.receiver.answer = (_request, response) => void held.push(response);
}

function release(): void {
  stage.receiver.answer = (_request, response) => void response.end('ok');
  for (const response of held.splice(0)) response.end('ok');
}

/** What one path got, as the places in the order in which it was produced. */
function got(path: string): unknown[] {
  return stage.receiver.of(path).map(({ body }) => (JSON.parse(body) as { place: unknown }).place);
}

async function produce(user: string, count: number, ageMs = 0): Promise<number[]> {
  const places = Array.from({ length: count }, (_, place) => place);
  await stage.topics.write(
    places.map((place) => ({
      key: user,
      value: JSON.stringify(userEvent(user, { type: 'user_modified', data: { place } })),
      timestamp: String(Date.now() - ageMs),
    })),
  );
  return places;
}

/** As somebody types it into the field for a time. */
function typed(ms: number): string {
  const date = new Date(ms);
  return new Date(ms - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** Of a webhook that is not there, newer than all others. */
async function runReplays(count: number): Promise<void> {
  await withClient(stage.database.url, (client) =>
    client.query(
      `INSERT INTO replays (id, kind, webhook_id, total, created_by)
       SELECT ('ffffffff-ffff-7fff-bfff-' || lpad(n::text, 12, '0'))::uuid, 'resend', gen_random_uuid(), 1, 'somebody'
       FROM generate_series(1, $1) n`,
      [count],
    ),
  );
}

function card(page: Page, text: string): Locator {
  return page.locator('.mantine-Paper-root').filter({ hasText: text }).filter({ visible: true }).first();
}

it('a replay is planned with its count and what to mind, then started, followed and stopped', async () => {
  const events = await produce('of-before', 40, 2 * HOUR_MS);
  await eventually(async () => {
    expect(await stage.topics.committed()).toBe(events.length);
  });
  const id = await service.createWebhook({ url: stage.receiver.url('/replayed'), max_in_flight: 1 });
  hold();
  await visit(`/webhooks/${id}?tab=replays`, async (page) => {
    await page.getByText('No replays').waitFor();
    await page.getByRole('button', { name: 'Replay events' }).click();
    const dialog = page.getByRole('dialog', { name: 'Replay events' });
    await dialog.getByLabel('To').fill(typed(Date.now() - HOUR_MS));
    await dialog.getByRole('button', { name: 'Make a plan' }).click();
    await dialog.getByText('a user may be brought back to an older state').waitFor();
    await dialog.getByRole('button', { name: 'Send 40 deliveries' }).waitFor();
    expect(got('/replayed')).toEqual([]);
    await dialog.getByLabel('To').fill('');
    await dialog.getByRole('button', { name: 'Make a plan' }).click();
    await dialog.getByRole('button', { name: 'Send 40 deliveries' }).click();
    await dialog.waitFor({ state: 'detached' });
    await eventually(() => {
      expect(held).toHaveLength(1);
    });
    await comes(page.getByRole('progressbar', { name: 'Progress' }), 'attached');
    held.pop()?.end('ok');
    await comes(card(page, 'Running').getByText(/^[12] \/ 40$/));
    await page.getByRole('button', { name: 'Stop' }).click();
    await comes(card(page, 'Stopping'));
    release();
    await comes(card(page, 'Stopped'));
  });
  const { data } = await service.rest().get<{ data: { status: string; delivered: number }[] }>('/replays');
  const [replay] = data.data;
  expect(replay).toMatchObject({ status: 'stopped', delivered: got('/replayed').length });
  expect(got('/replayed')).toEqual(events.slice(0, got('/replayed').length));
  expect(got('/replayed').length).toBeLessThan(events.length);
});

it('a webhook that is made by the form from the beginning of the log is seen catching up, and then healthy', async () => {
  const events = await produce('of-the-log', 5);
  hold();
  await visit('/webhooks/new', async (page) => {
    await page.getByRole('textbox', { name: 'URL' }).fill(stage.receiver.url('/late'));
    await page.getByLabel('User modified').check();
    await page.getByRole('radio', { name: 'A time' }).check();
    await page.getByLabel('Time', { exact: true }).fill(typed(Date.now() - HOUR_MS));
    await page.getByText(/^The log has 5 events since then/).waitFor();
    await page.getByLabel('The beginning of the log').check();
    await page.getByText(/^The log has 45 events since then/).waitFor();
    await page.getByRole('button', { name: 'Create webhook' }).click();
    await page.getByRole('button', { name: 'I have stored it' }).click();
    await comes(page.getByText('Catching up', { exact: true }));
    await comes(page.getByText(/^[1-9]\d* events behind/));
    await comes(page.getByRole('progressbar', { name: 'Progress' }), 'attached');
    const itself = page.url();
    // The list asked for the newest 100 replays that run, and knew nothing of a webhook that was not among them.
    await runReplays(120);
    await page.goto(`${service.url}/webhooks?state=catching_up`);
    await comes(page.getByRole('row', { name: /late/ }).getByText(/^Catching up, \d+\s?%$/));
    await page.goto(itself);
    release();
    await comes(page.getByText('Healthy', { exact: true }));
    expect(await page.getByText(/events? behind/).count()).toBe(0);
    await page.getByRole('tab', { name: 'Replays' }).click();
    await page.getByText('From the beginning of the log').waitFor();
    await comes(card(page, 'Start from').getByText('Done'));
  });
  const own = stage.receiver.of('/late').filter(({ body }) => body.includes('of-the-log'));
  expect(own).toHaveLength(events.length);
});

it('a paused webhook says how many events wait for it; resumed, they arrive in order, and it says so', async () => {
  const id = await service.createWebhook({ url: stage.receiver.url('/paused') });
  await visit(`/webhooks/${id}`, async (page) => {
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Nothing is sent. Its events wait in the log.').waitFor();
    const events = await produce('who-waits', 7);
    await comes(page.getByText('7 events behind'));
    await page.goto(`${service.url}/webhooks?state=paused`);
    await comes(page.getByRole('row', { name: /paused/ }).getByText('7 events behind'));
    expect(got('/paused')).toEqual([]);
    await page.goto(`${service.url}/webhooks/${id}`);
    await page.getByRole('button', { name: 'Resume' }).click();
    await comes(page.getByText('Healthy', { exact: true }));
    expect(got('/paused')).toEqual(events);
    expect(await page.getByText(/events? behind/).count()).toBe(0);
    await page.getByRole('tab', { name: 'Replays' }).click();
    await comes(card(page, 'Resume').getByText('Done'));
  });
});

it('a webhook that was disabled is enabled from a time on, and gets what it was not sent', async () => {
  const id = await service.createWebhook({ url: stage.receiver.url('/enabled'), enabled: false });
  await visit(`/webhooks/${id}`, async (page) => {
    await page.getByRole('button', { name: 'Enable' }).click();
    const dialog = page.getByRole('dialog', { name: 'Enable this webhook' });
    await dialog.getByLabel('A time').check();
    await dialog.getByLabel('Time', { exact: true }).fill(typed(Date.now() - HOUR_MS));
    await dialog.getByText(/^The log has 12 events since then/).waitFor();
    await dialog.getByRole('button', { name: 'Enable' }).click();
    await eventually(() => {
      expect(got('/enabled')).toHaveLength(12);
    });
    await comes(page.getByText('Healthy', { exact: true }));
  });
});

it('the overview says of each partition how far reading is behind, and who reads it', async () => {
  await visit('/overview', async (page) => {
    const rows = page.getByRole('table', { name: 'How far reading is behind' }).getByRole('row');
    await rows
      .filter({ hasText: `:${service.process.pid}` })
      .nth(7)
      .waitFor();
    await rows.filter({ hasText: '0 records' }).first().waitFor();
    await page.getByText(/^The history: \d+ records?$/).waitFor();
  });
  const { data } = await service
    .rest()
    .get<{ partitions: { end_offset: string; lag: number | null }[] }>('/lag');
  expect(data.partitions).toHaveLength(8);
  expect(data.partitions.reduce((sum, { end_offset }) => sum + Number(end_offset), 0)).toBe(52);
  const answer = await service.rest().get('/events/range?from=yesterday');
  expect([answer.status, answer.data]).toMatchObject([400, { errors: [{ field: 'from' }] }]);
});

it('what is wrong with the range of a replay stands beside its field, in German for who reads German', async () => {
  const id = await service.createWebhook({ url: stage.receiver.url('/range') });
  const url = `${service.url}/webhooks/${id}?tab=replays#token=${ADMIN_TOKEN}`;
  const { page, close } = await browser.open(url, { locale: 'de-DE' });
  await page.getByRole('button', { name: 'Ereignisse wiedergeben' }).click();
  const dialog = page.getByRole('dialog', { name: 'Ereignisse wiedergeben' });
  const to = dialog.getByLabel('Bis');
  await to.fill(typed(Date.now() - 30 * 24 * HOUR_MS));
  await dialog.getByRole('button', { name: 'Planen' }).click();
  await dialog.getByText(/^Das muss nach „Von“ liegen/).waitFor();
  expect(await to.getAttribute('aria-invalid')).toBe('true');
  expect(await dialog.getByText('Etwas an der Anfrage ist falsch').count()).toBe(0);
  await close();
});
