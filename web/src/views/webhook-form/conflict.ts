/** What two people have changed in one webhook: member by member, and what comes of the choice between them. Pure. */
import type { Webhook, WebhookInput } from '../../api/generated/types.gen';

/** The members that can be compared. A token never can: nobody is shown one. */
export const COMPARED = [
  'url',
  'description',
  'triggers',
  'method',
  'enabled',
  'paused',
  'ordering',
  'headers',
  'ca_certificates',
  'ed25519_signature',
  'timeout_ms',
  'max_in_flight',
  'rate_limit_per_second',
  'retry_schedule',
] as const;
export type Compared = (typeof COMPARED)[number];
export type Side = 'mine' | 'theirs';

export interface Difference {
  readonly member: Compared;
  readonly mine: unknown;
  readonly theirs: unknown;
  /** Only one side has changed it: that one is meant. Null where both have. */
  readonly likely: Side | null;
}

export function differences(base: Webhook, mine: WebhookInput, theirs: Webhook): Difference[] {
  return COMPARED.filter((member) => !same(mine[member], theirs[member])).map((member) => {
    const mineChanged = !same(mine[member], base[member]);
    const theirsChanged = !same(theirs[member], base[member]);
    const likely = mineChanged === theirsChanged ? null : mineChanged ? 'mine' : 'theirs';
    return { member, mine: mine[member], theirs: theirs[member], likely };
  });
}

export function merge(
  mine: WebhookInput,
  theirs: Webhook,
  choice: Partial<Record<Compared, Side>>,
): WebhookInput {
  const taken = COMPARED.filter((member) => choice[member] === 'theirs');
  return { ...mine, ...Object.fromEntries(taken.map((member) => [member, theirs[member]])) };
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(canonical(a)) === JSON.stringify(canonical(b));
}

/** The order of triggers and of headers means nothing; that of delays does. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value))
    return value.every((item) => String(item).startsWith('user_')) ? value.toSorted() : value;
  if (typeof value === 'object' && value !== null) return Object.entries(value).toSorted();
  return value;
}
