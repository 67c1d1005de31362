/**
 * How a test with faults ends: when everything has come to rest, every event is with every webhook, in order and on the
 * results topic, nothing waits, all is committed, and no process has ended or complained that was not made to.
 */
import { expect } from 'vitest';
import { withClient } from '../../dev/embedded-postgres.ts';
import { eventually } from './eventually.ts';
import { checkIntegrity } from './integrity.ts';
import { Offsets } from './offsets.ts';
import type { ReceivedRequest } from './receiver.ts';
import type { Stage } from './stage.ts';
import type { UserEventValue } from './topics.ts';

export interface ExpectedFlow {
  readonly webhookId: string;
  readonly events: readonly UserEventValue[];
  /** Default: all that the stage's receiver got. */
  readonly requests?: () => readonly ReceivedRequest[];
}

const TIMEOUT_MS = 150_000;
const READ_TIMEOUT_MS = 60_000;

/** @returns for each flow how many successful requests were duplicates. */
export async function expectAllDelivered(
  stage: Stage,
  flows: readonly ExpectedFlow[],
  timeoutMs = TIMEOUT_MS,
): Promise<number[]> {
  const offsets = await Offsets.of(stage.topics);
  try {
    await eventually(async () => {
      expect(await offsets.lag(), 'records that are not committed').toBe(0);
      expect(await liveRows(stage), 'deliveries that wait').toEqual({});
    }, timeoutMs);
    expect(unexpectedEnds(stage), 'services that ended or complained').toEqual([]);
    // Read anew: what the topic has is the truth, whatever the faults did to a consumer that read along.
    const records = await stage.topics.readAttempts();
    return await eventually(() => {
      const attempts = records.map(({ attempt }) => attempt);
      return flows.map(({ webhookId, events, requests = () => stage.receiver.requests }) =>
        checkIntegrity({ events, requests: requests(), attempts, webhookId }),
      );
    }, READ_TIMEOUT_MS);
  } finally {
    await offsets.close();
  }
}

/** How many rows of `retries` there are of each status, the dead ones aside. */
export async function liveRows(stage: Stage): Promise<Record<string, number>> {
  return withClient(stage.database.url, async (client) => {
    const { rows } = await client.query<{ status: string; count: string }>(
      "SELECT status, count(*) FROM retries WHERE status <> 'dead' GROUP BY status",
    );
    return Object.fromEntries(rows.map(({ status, count }) => [status, Number(count)]));
  });
}

/** A process that died of an unhandled rejection says so on its standard error output. */
function unexpectedEnds(stage: Stage): string[] {
  return stage.services.flatMap(({ exit, stderr }) => {
    const intended = exit === null || exit.signal === 'SIGKILL' || exit.code === 0;
    return intended && stderr === '' ? [] : [`${JSON.stringify(exit)} ${stderr}`];
  });
}
