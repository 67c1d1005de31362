/**
 * Finds the webhook of each row. If the service has the id of the row, it is that webhook, even if its URL differs.
 * Otherwise it is the webhook with the same URL, because no two webhooks share one. So a file also works on another
 * service, where the ids differ. Pure.
 */
import type { StoredWebhook } from './rest-client.ts';
import { nameOfRow, type Row, type RowFault } from './row.ts';

export interface Match {
  readonly row: Row;
  /** Null: there is none yet. */
  readonly webhook: StoredWebhook | null;
}

export interface Matches {
  readonly matches: readonly Match[];
  readonly faults: readonly RowFault[];
  /** Webhooks without a row. */
  readonly others: readonly StoredWebhook[];
}

export function matchRows(rows: readonly Row[], stored: readonly StoredWebhook[]): Matches {
  const byId = new Map(stored.map((webhook) => [webhook.id, webhook]));
  const byUrl = new Map(stored.map((webhook) => [webhook.url, webhook]));
  const numberByUrl = new Map<string, number>();
  const numberById = new Map<string, number>();
  const matches: Match[] = [];
  const faults: RowFault[] = [];
  for (const row of rows) {
    const { url } = row.members;
    const atUrl = byUrl.get(url) ?? null;
    const webhook = (row.id === undefined ? undefined : byId.get(row.id)) ?? atUrl;
    const message =
      takenBy(numberByUrl.get(url), 'url is that of') ??
      takenBy(webhook ? numberById.get(webhook.id) : undefined, 'it is about the same webhook as') ??
      (atUrl && webhook?.id !== atUrl.id
        ? `url is that of another webhook (${atUrl.id}): give that one another URL first, or delete it`
        : null);
    numberByUrl.set(url, numberByUrl.get(url) ?? row.number);
    if (webhook) numberById.set(webhook.id, numberById.get(webhook.id) ?? row.number);
    if (message === null) matches.push({ row, webhook });
    else faults.push({ row: nameOfRow(row.number, url), message });
  }
  const others = stored.filter(({ id }) => !numberById.has(id));
  return { matches, faults, others };
}

function takenBy(number: number | undefined, what: string): string | null {
  return number === undefined ? null : `${what} row ${number}`;
}
