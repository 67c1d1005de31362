/** What axe finds wrong with a page. */
import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';

export type AxeOptions = Parameters<AxeBuilder['options']>[0];

/** Each fault with its element. The page has no frames, so what axe does for them is left out. */
export async function complaints(page: Page, options: AxeOptions = {}): Promise<unknown[]> {
  const axe = new AxeBuilder({ page }).setLegacyMode().options({ resultTypes: ['violations'], ...options });
  const { violations } = await axe.analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => [id, html, failureSummary]),
  );
}
