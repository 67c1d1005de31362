/** 200,000 due retries of one webhook in Postgres are drained, beside the same number of fresh deliveries. */
import { withClient } from '../../dev/embedded-postgres.ts';
import type { Options } from '../options.ts';
import { rateOf, ratioOf } from '../report.ts';
import type { Rig } from '../rig.ts';
import { atLeast, fill, type Outcome } from '../scenario.ts';
import { measure, type Figures } from '../measure.ts';

const ROWS = 200_000;
const USERS = 1_000;
const PARTITIONS = 8;

/** As the service stores them: of each user the first is due and the others wait behind it, or each user has one. */
const INSERT = `
  INSERT INTO retries (delivery_id, webhook_id, order_key, status, due_at, attempts, event_id, event_type,
                       event_timestamp, body, source_topic, source_partition, source_offset)
  SELECT gen_random_uuid(), $1, md5((n % $3)::text)::uuid, CASE WHEN n < $3 THEN 'pending' ELSE 'waiting' END, now(), 1,
         'evt_' || n, 'user_created', '2026-11-24T09:30:00.000Z',
         convert_to('{"username":"user-' || n || '","note":"' || repeat('x', 260) || '"}', 'UTF8'), 'events', 0, n
  FROM generate_series(0, $2 - 1) AS n ORDER BY n`;

export async function backlog(rig: Rig, { rounds }: Options): Promise<Outcome[]> {
  await fill(rig, { topic: 'events-backlog', events: ROWS, users: USERS }, PARTITIONS);
  await rig.createTopic('events-none', PARTITIONS);
  const fresh: Figures[] = [];
  const one: Figures[] = [];
  const queued: Figures[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    fresh.push(await drained(rig, `backlog-fresh-${round}`, null));
    one.push(await drained(rig, `backlog-one-${round}`, ROWS));
    queued.push(await drained(rig, `backlog-queued-${round}`, ROWS / 20));
  }
  const lines = [
    { name: 'fresh', figures: fresh },
    { name: 'due, one row per user', figures: one },
    { name: 'due, 20 rows per user in order', figures: queued },
  ];
  const [ofFresh, ofOne, ofQueued] = lines;
  const targets = [
    atLeast(
      'rate of the drain, one row per user, against the fresh rate',
      ratioOf(ofOne, ofFresh, rateOf),
      0.5,
    ),
    atLeast(
      'rate of the drain, 20 rows per user, against the fresh rate',
      ratioOf(ofQueued, ofFresh, rateOf),
      0.5,
    ),
  ];
  return [{ title: `Backlog of ${ROWS.toLocaleString('en')} retries`, lines, targets }];
}

/** @param users over whom the rows are spread; null: fresh events instead of rows. */
async function drained(rig: Rig, run: string, users: number | null): Promise<Figures> {
  const webhookUrl = rig.sink.url(`/ok/${run}`);
  const { url: databaseUrl, ids } = await rig.databaseWith(run.replaceAll('-', '_'), [{ url: webhookUrl }]);
  if (users !== null) {
    await withClient(databaseUrl, async (client) => {
      await client.query(INSERT, [ids[0], ROWS, users]);
      await client.query('ANALYZE retries');
    });
  }
  const figures = await measure(rig, 'service', {
    run,
    topic: users === null ? 'events-backlog' : 'events-none',
    partitions: PARTITIONS,
    deliveries: ROWS,
    limitMs: 180_000,
    databaseUrl,
    webhookUrl,
  });
  console.log(`${run}: ${figures.deliveriesPerSecond}/s, ${figures.cpuSecondsPer10k.toFixed(2)} s per 10k`);
  return figures;
}
