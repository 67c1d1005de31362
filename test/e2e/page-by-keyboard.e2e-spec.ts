/**
 * The admin page by keyboard alone, and as a screen reader has it: whoever signs in, makes a webhook, finds out why it fails,
 * mends, sends again, replays, explains and deletes, presses keys only. The focus is never lost, each control has a name,
 * and what comes of an act is said.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { TestBrowser, type TestPage } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { comes } from '../support/page-clock.ts';
import { ADMIN_TOKEN, type Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { userEvent } from '../support/topics.ts';

const VIEWER_TOKEN = 'test-viewer-token-0123456789';
const MOST_TABS = 60;
/** What a screen reader would only call by its kind. */
const NAMELESS =
  /^ *- (button|link|textbox|combobox|checkbox|radio|radiogroup|switch|tab|tablist|table|dialog|progressbar|figure|menu|menuitem)( \[[^\]]*\])*(:( .*)?)?$/;

let stage: Stage;
let service: Service;
let browser: TestBrowser;
let opened: TestPage;
let page: Page;

beforeAll(async () => {
  stage = await Stage.set({ RETRY_SCHEDULE: '1h', VIEWER_TOKEN });
  [service, browser] = await Promise.all([stage.startService(), TestBrowser.launch()]);
  opened = await browser.open(`${service.url}/`, { clock: true });
  ({ page } = opened);
});

afterAll(async () => {
  await opened.close();
  await browser.close();
  await stage.strike();
});

/** That is not busy. */
const button = (name: string | RegExp, within: Page | Locator = page) =>
  within.getByRole('button', { name, exact: true, disabled: false });
const view = (name: string) => page.getByRole('navigation').getByRole('link', { name, exact: true });
const heading = (name: string) => page.getByRole('heading', { name, level: 1 });
const dialog = (name: string | RegExp) => page.getByRole('dialog', { name });

/** No faster than the timers of the page: what keeps the focus in a dialog corrects it by one, after a field for a time. */
async function press(...keys: string[]): Promise<void> {
  for (const key of keys) {
    await page.keyboard.press(key);
    await page.evaluate('new Promise((ran) => setTimeout(ran))');
  }
}

async function hasFocus(control: Locator): Promise<boolean> {
  return (await control.and(control.page().locator(':focus')).count()) === 1;
}

async function focused(control: Locator): Promise<void> {
  await control.waitFor({ state: 'attached' });
  await eventually(async () => {
    if (await hasFocus(control)) return;
    const active = await control.page().evaluate<string>('document.activeElement.outerHTML.slice(0, 300)');
    throw new Error(`${control.toString()} has no focus, but ${active}`);
  });
}

/** By Tab alone, from wherever the focus is. */
async function reach(control: Locator, key = 'Tab'): Promise<void> {
  await control.waitFor();
  for (let tabs = 0; tabs < MOST_TABS; tabs++) {
    if (await hasFocus(control)) return;
    await press(key);
  }
  throw new Error(`${control.toString()} cannot be reached by ${key}`);
}

async function act(control: Locator, key = 'Tab'): Promise<void> {
  await reach(control, key);
  await press('Enter');
}

async function fill(control: Locator, text: string): Promise<void> {
  await reach(control);
  await press('ControlOrMeta+A');
  await page.keyboard.insertText(text);
}

async function say(text: string | RegExp): Promise<void> {
  await page.getByRole('alert').or(page.getByRole('status')).filter({ hasText: text }).first().waitFor();
}

/** What is in the tree of accessibility, as lines. @throws if a control in it has no name. */
async function tree(): Promise<string> {
  const snapshot = await page.locator('body').ariaSnapshot();
  const lines = snapshot.split('\n').filter((line) => NAMELESS.test(line));
  expect(lines).toEqual([]);
  return snapshot;
}

/** Faults that a test causes on purpose are noted by the browser itself. */
function forgive(status: number): void {
  opened.faults.splice(0, Infinity, ...opened.faults.filter((fault) => !fault.includes(String(status))));
}

it('a wrong token is said, and after the right one the title of the view has the focus', async () => {
  await focused(page.getByLabel('Access token'));
  await page.keyboard.insertText('wrong');
  await press('Enter');
  await say('The service does not know this token');
  await focused(page.getByLabel('Access token'));
  forgive(401);
  await fill(page.getByLabel('Access token'), ADMIN_TOKEN);
  await press('Enter');
  await focused(heading('Overview'));
  expect(await page.title()).toBe('Overview · User Webhooks');
  await tree();
});

it('a webhook is made: what is wrong is said each time, and gets the focus; nobody closes the secret unseen', async () => {
  await act(view('Webhooks'), 'Shift+Tab');
  await focused(heading('Webhooks'));
  await act(button('Add new webhook').first());
  await focused(heading('Add new webhook'));
  await reach(page.getByRole('textbox', { name: 'URL' }));
  await press('Enter');
  await say('Enter the URL of the receiver');
  await focused(page.getByRole('textbox', { name: 'URL' }));
  await page.keyboard.insertText(stage.receiver.url('/users'));
  await press('Enter');
  await say('Select at least one event');
  await focused(page.getByRole('checkbox', { name: 'New user created' }));
  const triggers = page.getByRole('group', { name: 'Select which events are sent to this URL.' });
  expect(await triggers.ariaSnapshot()).toContain('checkbox "New user created"');
  await press('Space');
  await act(button(/^Advanced/));
  await act(button('Add header'));
  await focused(page.getByLabel('Name of header 1'));
  await act(button('Remove header 1'));
  await focused(button('Add header'));
  expect(await tree()).toContain('radiogroup "Start from"');
  await act(button('Create webhook'));
  await focused(button('Copy Signing secret', dialog('The webhook is ready')));
  await press('Escape');
  await tree();
  await act(button('I have stored it'));
  await focused(heading(stage.receiver.url('/users')));
});

it('why it fails is read at first sight, and the delivery is sent again; the focus stays on what was pressed', async () => {
  await act(button('Send test'));
  await page.getByText('HTTP 200').waitFor();
  await focused(button('Send test'));
  const works = stage.receiver.answer;
  stage.receiver.answer = (_request, response) => void response.writeHead(503).end('maintenance');
  await stage.topics.produce(userEvent('jdoe'));
  await reach(page.getByRole('tab', { name: 'Test send' }), 'Shift+Tab');
  await press('Home');
  await focused(page.getByRole('tab', { name: 'Overview' }));
  const status = page.getByRole('group', { name: 'Status' });
  await comes(status.getByText('The receiver refused it (HTTP 503)'));
  await tree();
  await act(status.getByRole('link', { name: 'Show the delivery' }));
  const drawer = dialog('Delivery');
  await drawer.getByRole('heading', { name: 'Attempt 1 · event' }).waitFor();
  expect(await tree()).toContain('listitem');
  stage.receiver.answer = works;
  await act(button('Resend', drawer));
  await say('It is sent again');
  await comes(drawer.getByRole('listitem').first().getByText('Attempt 2 · sent again'));
  await focused(button('Resend', drawer));
  await press('Escape');
  await drawer.waitFor({ state: 'detached' });
  await eventually(async () => {
    expect(await page.evaluate('document.activeElement !== document.body')).toBe(true);
  });
  const row = button('New user created').first();
  await act(row);
  await drawer.waitFor();
  await press('Escape');
  await focused(row);
});

it('it is paused and goes on, by one button that keeps the focus', async () => {
  await act(button('Pause'), 'Shift+Tab');
  await say('is paused');
  await focused(button('Resume'));
  await press('Enter');
  await say('goes on');
  await focused(button('Pause'));
});

it('last week is planned and replayed, and the focus comes back to what opened the dialog', async () => {
  await reach(page.getByRole('tab', { name: 'Deliveries' }));
  await press('ArrowRight');
  await act(button('Replay events'));
  const replay = dialog('Replay events');
  await act(button('Make a plan', replay));
  await button(/^Send \d/, replay).waitFor();
  await focused(button('Make a plan', replay));
  await tree();
  await press('Escape');
  await focused(button('Replay events'));
  await press('Enter');
  await act(button('Make a plan', replay));
  await act(button('Send 1 delivery', replay));
  await say('It has begun');
  await focused(button('Replay events'));
  await tree();
});

it('a signature is checked, and a new secret is made', async () => {
  await reach(page.getByRole('tab', { name: 'Replays' }), 'Shift+Tab');
  await press('End');
  await act(button('Rotate secret'));
  await act(button('Rotate secret', dialog('Rotate the signing secret')));
  const secret = dialog('The new signing secret');
  await focused(button('Copy Signing secret', secret));
  const signing = await secret.getByRole('group', { name: 'Signing secret' }).innerText();
  await act(button('I have stored it', secret));
  await focused(button('Rotate secret'));
  const { data } = await service.rest().get<{ data: { id: string }[] }>('/webhooks');
  await service.rest().post(`/webhooks/${data.data[0]?.id}/test`, { trigger: 'user_created' });
  const request = stage.receiver.requests.at(-1);
  await reach(page.getByLabel('Signing secret', { exact: true }), 'Shift+Tab');
  await page.keyboard.insertText(signing.trim());
  for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature'])
    await fill(page.getByLabel(name), String(request?.headers[name]));
  await fill(page.getByRole('textbox', { name: 'Body' }), request?.body ?? '');
  await page.getByRole('alert', { name: 'The signature is right' }).waitFor();
  await tree();
});

it('an event is explained, and a dead letter is mended', async () => {
  const broken = JSON.stringify({ ...userEvent('mended'), type: 'user_made' });
  await stage.topics.write([{ key: 'mended', value: broken }]);
  await act(view('Explain'), 'Shift+Tab');
  await focused(heading('Explain'));
  await act(button('Explain'));
  await page.getByRole('heading', { name: '1 webhook gets it' }).waitFor();
  await focused(button('Explain'));
  await tree();
  await eventually(async () => {
    const { data } = await service.rest().get<{ data: unknown[] }>('/dead-letters');
    expect(data.data).toHaveLength(1);
  });
  await act(view('Dead letters'), 'Shift+Tab');
  await focused(heading('Dead letters'));
  await act(button('Unknown type of event'));
  const letter = dialog(/^Dead letter/);
  await fill(letter.getByLabel('Mended value'), broken.replace('user_made', 'user_created'));
  await tree();
  await act(button('Send back to the events topic', letter));
  await letter.getByText('Sent back by admin').waitFor();
  await focused(button('Send back to the events topic', letter));
  await press('Escape');
  await focused(button('Unknown type of event'));
});

it('it is deleted from the list; who thinks better of it is back at its menu', async () => {
  await act(view('Webhooks'), 'Shift+Tab');
  await focused(heading('Webhooks'));
  await tree();
  const menu = button(/^Actions for http:/);
  const question = dialog('Delete this webhook?');
  const askToDelete = async (): Promise<void> => {
    await act(menu);
    const item = page.getByRole('menuitem', { name: 'Delete' });
    await eventually(async () => {
      if (await hasFocus(item)) return;
      await press('ArrowDown');
      throw new Error('not there yet');
    });
    await press('Enter');
    await question.waitFor();
  };
  await askToDelete();
  await press('Escape');
  await focused(menu);
  await askToDelete();
  await act(button('Delete webhook', question));
  await say('was deleted');
  await page.getByRole('heading', { name: "You don't have any webhooks" }).waitFor();
  await focused(page.getByRole('main'));
  expect(opened.faults).toEqual([]);
});

it('a viewer is told why nothing can be changed, on a phone too, where Escape closes the menu', async () => {
  await browser.visit(`${service.url}/webhooks#token=${VIEWER_TOKEN}`, async (visited) => {
    await visited.setViewportSize({ width: 360, height: 740 });
    const why = 'Your token has the role viewer: you see everything and can change nothing.';
    await visited.getByText(why).waitFor();
    const add = visited.getByRole('button', { name: 'Add new webhook' }).first();
    const reason = await add.getAttribute('aria-describedby');
    expect(await visited.locator(`#${reason}`).innerText()).toContain(why);
    const menu = visited.getByRole('button', { name: /the menu$/ });
    await menu.focus();
    await visited.keyboard.press('Enter');
    await visited.getByRole('link', { name: 'Audit' }).waitFor();
    await visited.keyboard.press('Tab');
    await visited.keyboard.press('Escape');
    await focused(menu);
    await visited.getByRole('link', { name: 'Audit' }).waitFor({ state: 'hidden' });
  });
});
