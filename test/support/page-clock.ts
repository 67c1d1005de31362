/**
 * A page asks for many things again every few seconds. Its own clock runs ahead here, so that a test does not wait for that.
 * The clock of the service does not: what comes of its time comes as it does.
 */
import type { Locator } from 'playwright-core';
import { eventually } from './eventually.ts';

/** In steps, so that what the page says of times stays nearly right. */
const AHEAD_MS = 2_000;
const PAUSE_MS = 100;

/** Waits until something is there. Its page must come from `TestBrowser` with `clock`. */
export async function comes(wanted: Locator, state: 'visible' | 'attached' = 'visible'): Promise<void> {
  const there = (state === 'visible' ? wanted.filter({ visible: true }) : wanted).first();
  await eventually(async () => {
    try {
      await there.waitFor({ state, timeout: PAUSE_MS });
    } catch (error) {
      await wanted.page().clock.fastForward(AHEAD_MS);
      throw error;
    }
  });
}
