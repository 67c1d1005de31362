/** Memory over 2,000,000 deliveries, by fan-out: 1,000 webhooks get every event of a backlog of 6,000, of which it is the start. */
import { startContender } from '../contenders.ts';
import { untilArrived, type Figures } from '../measure.ts';
import type { Rig } from '../rig.ts';
import { atMost, fill, type Outcome } from '../scenario.ts';
import { median } from '../statistics.ts';

const WEBHOOKS = 1_000;
const EVENTS = 6_000;
const DELIVERIES = 2_000_000;
const STEPS = 10;
const PARTITIONS = 8;
const WITHIN_MS = 900_000;

export async function memory(rig: Rig): Promise<Outcome[]> {
  const run = 'memory';
  const topic = `events-${run}`;
  await fill(rig, { topic, events: EVENTS, users: 1_000 }, PARTITIONS);
  const urls = Array.from({ length: WEBHOOKS }, (_, index) => ({ url: rig.sink.url(`/ok/${run}-${index}`) }));
  const { url: databaseUrl } = await rig.databaseWith(run, urls);
  await rig.sink.statistics('reset');
  const sender = await startContender(rig, 'service', { run, topic, databaseUrl, webhookUrl: '' });
  try {
    const steps: Figures[] = [];
    let before = await untilArrived(rig, sender, Infinity, 1);
    for (let step = 1; step <= STEPS; step += 1) {
      const deadline = performance.now() + WITHIN_MS / STEPS;
      const mark = await untilArrived(rig, sender, deadline, (DELIVERIES * step) / STEPS);
      const counted = mark.arrived - before.arrived;
      const { now, peak } = sender.memoryMb();
      steps.push({
        deliveriesPerSecond: Math.round((counted * 1_000) / (mark.at - before.at)),
        cpuSecondsPer10k: ((mark.cpuSeconds - before.cpuSeconds) * 10_000) / counted,
        memoryMb: now,
        peakMemoryMb: peak,
        counted,
        cutOff: mark.arrived < (DELIVERIES * step) / STEPS,
      });
      console.log(`${mark.arrived} deliveries: ${now} MB, at most ${peak} MB`);
      before = mark;
    }
    await sender.stop();
    const lines = steps.map((figures, index) => ({
      name: `after ${((DELIVERIES * (index + 1)) / STEPS).toLocaleString('en')}`,
      figures: [figures],
      more: { 'peak MB': figures.peakMemoryMb },
    }));
    const half = (from: number): number =>
      median(steps.slice(from, from + STEPS / 2).map(({ memoryMb }) => memoryMb));
    const growth = atMost('memory in the second half against the first', half(STEPS / 2) / half(0), 1.1);
    return [{ title: 'Memory over 2,000,000 deliveries, 1,000 webhooks match', lines, targets: [growth] }];
  } finally {
    await sender.stop('SIGKILL');
  }
}
