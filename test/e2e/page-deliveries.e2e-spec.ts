/** The admin page in a real browser: what became of an event is found, understood and done again; a dead letter is mended. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { TestBrowser } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { comes } from '../support/page-clock.ts';
import { ADMIN_TOKEN, type Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { userEvent } from '../support/topics.ts';

let stage: Stage;
let service: Service;
let browser: TestBrowser;

beforeAll(async () => {
  stage = await Stage.set({ RETRY_SCHEDULE: '1h' });
  [service, browser] = await Promise.all([stage.startService(), TestBrowser.launch()]);
});

afterAll(async () => {
  await browser.close();
  await stage.strike();
});

function visit(path: string, work: (page: Page) => Promise<void>): Promise<void> {
  return browser.visit(`${service.url}${path}#token=${ADMIN_TOKEN}`, work);
}

it('a delivery that failed is found by its user, shows its answer, and is sent again once the receiver is mended', async () => {
  await service.createWebhook({ url: stage.receiver.url('/mailboxes') });
  const refused = stage.receiver.answer;
  stage.receiver.answer = (_request, response) => {
    response.statusCode = 500;
    response.end('no mailbox server');
  };
  await stage.topics.produce(userEvent('jdoe'));
  await visit('/overview', async (page) => {
    await comes(page.getByRole('link', { name: /mailboxes$/ }));
    await page.getByText(/^It began (now|\d+ seconds? ago)$/).waitFor();
    // Times are those of the service: by a clock that is two hours fast it began two hours ago.
    await page.clock.setSystemTime(Date.now() + 2 * 3_600_000);
    await page.goto(`${service.url}/webhooks?state=failing`);
    await page
      .getByRole('row', { name: /mailboxes/ })
      .getByText(/^It began (now|\d+ seconds? ago)$/)
      .waitFor();
    await page.goto(`${service.url}/deliveries?username=nobody`);
    await page.getByText('No delivery fits these filters').waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await page.getByRole('table', { name: 'Deliveries' }).waitFor();
    expect(await page.getByRole('textbox', { name: 'User name' }).inputValue()).toBe('');
    await page.getByRole('textbox', { name: 'User name' }).fill('jdoe');
    await page.waitForURL(/username=jdoe/);
    await comes(page.getByRole('table', { name: 'Deliveries' }).getByText('Retrying'));
    await page.getByRole('button', { name: 'New user created' }).click();
    const drawer = page.getByRole('dialog', { name: 'Delivery' });
    await drawer.getByText('Attempt 1 · event').waitFor();
    await drawer.getByText('no mailbox server').waitFor();
    await drawer.getByRole('button', { name: 'Copy as curl' }).waitFor();
    await drawer.getByRole('button', { name: 'Show raw' }).click();
    await drawer.getByText(/^\{"username":"jdoe"/).waitFor();
    stage.receiver.answer = refused;
    await drawer.getByRole('button', { name: 'Resend' }).click();
    await comes(drawer.getByText('Attempt 2 · sent again'));
    await comes(drawer.getByText('Delivered', { exact: true }));
    await page.goto(`${service.url}/webhooks`);
    const strip = page.getByRole('img', { name: 'Last 24 hours: 1 delivered, 1 failed' });
    await comes(strip);
    await strip.hover();
    await page.getByRole('tooltip').waitFor();
  });
  const ids = stage.receiver.of('/mailboxes').map(({ headers }) => headers['webhook-id']);
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(1);
});

it('a dead letter is read, mended and sent back, and its user is delivered', async () => {
  await service.createWebhook({ url: stage.receiver.url('/mended') });
  const broken = JSON.stringify({ ...userEvent('mended'), type: 'user_made' });
  await stage.topics.write([{ key: 'mended', value: broken }]);
  await visit('/dead-letters', async (page) => {
    await page.getByRole('button', { name: 'Unknown type of event' }).click();
    const drawer = page.getByRole('dialog', { name: /^Dead letter/ });
    await drawer.getByLabel('Mended value').fill(broken.replace('user_made', 'user_created'));
    await drawer.getByRole('button', { name: 'Send back to the events topic' }).click();
    await drawer.getByText('Sent back by admin').waitFor();
  });
  await eventually(() => {
    expect(stage.receiver.of('/mended').map(({ body }) => body)).toEqual([
      expect.stringContaining('"username":"mended"') as string,
    ]);
  });
});

it('what is still wrong with a mended dead letter is said in German, member by member: it was quoted in English', async () => {
  const { id, data } = userEvent('still-wrong');
  await stage.topics.write([{ key: 'still-wrong', value: '{"id":' }]);
  const url = `${service.url}/dead-letters#token=${ADMIN_TOKEN}`;
  const { page, close } = await browser.open(url, { locale: 'de-DE' });
  await page.getByRole('button', { name: 'Kein JSON' }).first().click();
  const drawer = page.getByRole('dialog', { name: /^Unlesbarer Eintrag/ });
  await drawer.getByText('Der Wert ist Text, aber kein JSON.').waitFor();
  const mended = JSON.stringify({ id, type: 'user_created', data: { ...data, groups: 'staff' } });
  await drawer.getByLabel('Berichtigter Wert').fill(mended);
  await drawer.getByRole('button', { name: 'In das Ereignis-Topic zurücksenden' }).click();
  await drawer.getByText('Es wäre nur wieder unlesbar: Kein Ereignis').waitFor();
  await drawer.getByText('timestamp: Diese Angabe wird gebraucht').waitFor();
  await drawer.getByText('data.groups: Das muss vom Typ array sein').waitFor();
  await close();
});

it('a webhook that is made today gets the events of before: planned first, then replayed with its progress', async () => {
  const before = new Date();
  await stage.topics.produce(userEvent('replayed-1'), userEvent('replayed-2'));
  await eventually(async () => {
    const { data } = await service.rest().get<{ data: unknown[] }>('/deliveries?username=replayed-2');
    expect(data.data).not.toEqual([]);
  });
  const id = await service.createWebhook({ url: stage.receiver.url('/made-today') });
  const range = { from: before.toISOString(), to: new Date().toISOString() };
  const { data } = await service.rest().post<{ id: string }>(`/webhooks/${id}/replay`, range);
  await visit('/replays', async (page) => {
    await comes(page.getByText('Done', { exact: true }));
  });
  const replay = await service.rest().get<{ delivered: number; matched: number }>(`/replays/${data.id}`);
  expect(replay.data).toMatchObject({ matched: 2, delivered: 2 });
  expect(stage.receiver.of('/made-today')).toHaveLength(2);
});
