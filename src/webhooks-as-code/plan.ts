/**
 * Finds all changes before the first one is made. It reads each webhook that will change or go, for its version (`ETag`).
 * So what was shown is what is changed, and a change that somebody else made in between is not overwritten.
 */
import { difference, type Difference, type SecretOptions } from './difference.ts';
import { matchRows } from './match-rows.ts';
import type { RestClient, Tagged } from './rest-client.ts';
import type { Row, RowFault } from './row.ts';

export type Step =
  | { readonly kind: 'make'; readonly row: Row; readonly difference: Difference }
  | { readonly kind: 'change'; readonly row: Row; readonly difference: Difference; readonly at: Tagged }
  | { readonly kind: 'delete'; readonly at: Tagged };

export interface Plan {
  readonly steps: readonly Step[];
  readonly faults: readonly RowFault[];
  /** Webhooks that need no change. */
  readonly same: number;
  /** Webhooks without a row that stay. */
  readonly others: number;
  /** Secrets that the service has, and that were not compared. */
  readonly uncompared: number;
}

export interface PlanOptions extends SecretOptions {
  /** Whether webhooks without a row are deleted. */
  readonly prune: boolean;
}

export async function makePlan(
  rest: Pick<RestClient, 'list' | 'read'>,
  rows: readonly Row[],
  options: PlanOptions,
): Promise<Plan> {
  const { matches, faults, others } = matchRows(rows, await rest.list());
  const steps: Step[] = [];
  const found: RowFault[] = [...faults];
  let same = 0;
  let uncompared = 0;
  for (const { row, webhook } of matches) {
    const first = difference(row, webhook, options);
    const isSame = webhook !== null && first.changes.length === 0 && first.faults.length === 0;
    const at = webhook === null || isSame ? null : await rest.read(webhook.id);
    const now = at === null ? first : difference(row, at.webhook, options);
    found.push(...now.faults);
    uncompared += now.uncompared;
    if (now.faults.length > 0) continue;
    if (webhook === null) steps.push({ kind: 'make', row, difference: now });
    else if (at === null || now.changes.length === 0) same += 1;
    else steps.push({ kind: 'change', row, difference: now, at });
  }
  if (options.prune) for (const { id } of others) steps.push({ kind: 'delete', at: await rest.read(id) });
  return { steps, faults: found, same, others: options.prune ? 0 : others.length, uncompared };
}
