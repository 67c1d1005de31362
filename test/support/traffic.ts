/** What receivers answer under load, and what they got. */
import { expect } from 'vitest';
import { eventually } from './eventually.ts';
import type { Random } from './random.ts';
import type { Answering, ReceivedRequest } from './receiver.ts';
import type { Stage } from './stage.ts';

/** After an outage clients come back by their own backoff, which on a busy machine takes its time. */
const TRAFFIC_TIMEOUT_MS = 180_000;

/** As many delays as a schedule may have: nothing is ever given up. */
export const PATIENT_SCHEDULE = Array.from({ length: 50 }, () => '300ms').join(',');

/** Refuses a share of the requests, with an answer that tells nothing of the endpoint itself. */
export function refusing(random: Random, share: number): Answering {
  return (_request, response) => void response.writeHead(random.chance(share) ? 400 : 200).end();
}

/** Waits until so many more requests have come. */
export async function received(stage: Stage, atLeast: number): Promise<void> {
  const before = stage.receiver.requests.length;
  await eventually(() => {
    expect(stage.receiver.requests.length - before).toBeGreaterThanOrEqual(atLeast);
  }, TRAFFIC_TIMEOUT_MS);
}

/** Requests per event, of those that were sent more than once. */
export function repeated(requests: readonly ReceivedRequest[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { headers } of requests) {
    const id = String(headers['webhook-id']);
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return new Map([...counts].filter(([, count]) => count > 1));
}
