/**
 * What is written by hand on the way of a delivery, beside the library that does the same: CPU time of one call of each,
 * and how many times the library costs ours. The two take turns in one process, so a busy machine slows both.
 *
 * `npm run build && node bench/own-code.ts [rounds]`; docs/decisions/0012-own-code.md has the figures.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { v5 as uuidv5, v7 as uuidv7 } from 'uuid';
import type * as signer from '../src/delivery/signer.ts';
import type * as kafkajs from '../src/kafka/kafkajs.ts';
import type * as partitioner from '../src/kafka/remembering-partitioner.ts';
import type * as delivery from '../src/model/delivery.ts';
import type * as results from '../src/results/results.service.ts';
import { median } from './statistics.ts';

const CALLS = 200_000;
const WEBHOOKS = 100;
const NAMESPACE = '6f2d5c0e-7a43-5d0b-9b1c-2f6c1d3b8a55';
const TIME = 1_790_000_000_000;
/** Attempts that begin within one millisecond, at full speed. */
const PER_MILLISECOND = 20;

interface Pair {
  readonly what: string;
  readonly own: (call: number) => unknown;
  readonly library: (call: number) => unknown;
}

/** As it is shipped, like all that is measured here. */
async function built<Exports>(file: string): Promise<Exports> {
  return (await import(new URL(`../dist/${file}`, import.meta.url).href)) as Exports;
}

const { rememberingPartitioner } = await built<typeof partitioner>('kafka/remembering-partitioner.js');
const { Partitioners } = await built<typeof kafkajs>('kafka/kafkajs.js');
const { HmacSha256 } = await built<typeof signer>('delivery/signer.js');
const { deliveryId } = await built<typeof delivery>('model/delivery.js');
const { attemptId } = await built<typeof results>('results/results.service.js');

const ids = Array.from({ length: WEBHOOKS }, () => uuidv7());
const idOf = (call: number): string => ids[call % WEBHOOKS] ?? '';
const placeOf = (call: number) => ({ topic: 'user-events', partition: call % 8, offset: String(call) });
const msOf = (call: number): number => TIME + Math.floor(call / PER_MILLISECOND);

function partitions(): Pair {
  const partitionMetadata = Array.from({ length: 8 }, (_, partitionId) => ({
    partitionErrorCode: 0,
    partitionId,
    leader: 1,
    replicas: [],
    isr: [],
  }));
  const record = (call: number) => ({
    topic: 'webhook-deliveries',
    partitionMetadata,
    message: { key: idOf(call), value: null },
  });
  const [remembering, plain] = [rememberingPartitioner(), Partitioners.DefaultPartitioner()];
  return {
    what: 'partition of a result',
    own: (call) => remembering(record(call)),
    library: (call) => plain(record(call)),
  };
}

function signatures(): Pair {
  const [key, body, head] = [randomBytes(32), randomBytes(300), `${uuidv7()}.1790000000.`];
  const hmac = new HmacSha256(key);
  return {
    what: 'HMAC of a delivery',
    own: () => hmac.digest(head, body),
    library: () => createHmac('sha256', key).update(head).update(body).digest('base64'),
  };
}

function uuids(): Pair[] {
  return [
    {
      what: 'UUIDv5 of a delivery',
      own: (call) => deliveryId(idOf(call), idOf(call), placeOf(call)),
      library: (call) => {
        const { topic, partition, offset } = placeOf(call);
        return uuidv5(JSON.stringify([idOf(call), idOf(call), topic, partition, offset]), NAMESPACE);
      },
    },
    {
      what: 'UUIDv7 of an attempt',
      own: (call) => attemptId(msOf(call)),
      library: (call) => uuidv7({ msecs: msOf(call) }),
    },
  ];
}

/** Of one call, in microseconds, with what the garbage collector's threads do meanwhile. */
function microsOf(work: (call: number) => unknown): number {
  const before = process.cpuUsage();
  for (let call = 0; call < CALLS; call += 1) work(call);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / CALLS;
}

const rounds = Number(process.argv[2] ?? 9);
for (const { what, own, library } of [partitions(), signatures(), ...uuids()]) {
  [own, library].map(microsOf);
  const turns = Array.from({ length: rounds }, () => ({ own: microsOf(own), library: microsOf(library) }));
  const [ours, theirs] = [median(turns.map((turn) => turn.own)), median(turns.map((turn) => turn.library))];
  const ratio = median(turns.map((turn) => turn.library / turn.own));
  console.log(`${what}: own ${ours.toFixed(2)} µs, library ${theirs.toFixed(2)} µs, × ${ratio.toFixed(1)}`);
}
