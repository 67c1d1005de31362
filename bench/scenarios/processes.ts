/** What more instances in the same group bring: counted from the moment the group has all of them, over all together. */
import { setTimeout as pause } from 'node:timers/promises';
import { waitFor } from '../../dev/wait-for.ts';
import { groupOf, resultsOf, startContender, type Place } from '../contenders.ts';
import type { Figures } from '../measure.ts';
import type { Options } from '../options.ts';
import type { Rig } from '../rig.ts';
import { fill, type Line, type Outcome } from '../scenario.ts';
import type { SenderProcess } from '../sender-process.ts';

const PARTITIONS = 8;
const TOPIC = 'events-processes';
const WINDOW_MS = 15_000;
const WARM_MS = 3_000;

export async function processes(rig: Rig, options: Options): Promise<Outcome[]> {
  // Enough that the window never runs dry.
  await fill(rig, { topic: TOPIC, events: options.events * 4, users: 1_000 }, PARTITIONS);
  const outcomes: Outcome[] = [];
  for (const sinkMs of options.sinkMs === null ? [0, 20] : [options.sinkMs]) {
    const webhookUrl = rig.sink.url(sinkMs === 0 ? '/ok/processes' : `/slow/${sinkMs}/processes`);
    const { url: databaseUrl } = await rig.databaseWith(`processes_${sinkMs}`, [{ url: webhookUrl }]);
    const counts = [1, Math.max(2, options.processes)];
    const figures = counts.map((): Figures[] => []);
    for (let round = 1; round <= options.rounds; round += 1) {
      for (const [index, count] of counts.entries()) {
        const run = `processes-${sinkMs}-${count}-${round}`;
        const one = await together(rig, count, { run, topic: TOPIC, databaseUrl, webhookUrl });
        console.log(
          `round ${round}: ${count} processes: ${one.deliveriesPerSecond}/s, ${one.cpuSecondsPer10k.toFixed(2)}`,
        );
        figures[index]?.push(one);
      }
    }
    const lines = counts.map((count, index): Line => ({
      name: `${count} processes`,
      figures: figures[index] ?? [],
    }));
    outcomes.push({
      title: `Processes, sink at ${sinkMs} ms (CPU and memory of all together)`,
      lines,
      targets: [],
    });
  }
  return outcomes;
}

async function together(rig: Rig, count: number, place: Place): Promise<Figures> {
  await rig.sink.statistics('reset');
  const senders: SenderProcess[] = [];
  const sum = (of: (sender: SenderProcess) => number): number =>
    senders.reduce((total, sender) => total + of(sender), 0);
  try {
    const starts = Array.from({ length: count }, () => startContender(rig, 'service', place));
    senders.push(...(await Promise.all(starts)));
    const joined = async (): Promise<boolean> => (await rig.members(groupOf(place))) === count;
    await waitFor(joined, { timeoutMs: 60_000, what: `${count} members in the group` });
    await pause(WARM_MS);
    const from = {
      at: performance.now(),
      arrived: await rig.sink.arrived(),
      cpu: sum((one) => one.cpuSeconds()),
    };
    await pause(WINDOW_MS);
    const counted = (await rig.sink.arrived()) - from.arrived;
    const cpu = sum((one) => one.cpuSeconds()) - from.cpu;
    return {
      deliveriesPerSecond: Math.round((counted * 1_000) / (performance.now() - from.at)),
      cpuSecondsPer10k: (cpu * 10_000) / counted,
      memoryMb: sum((one) => one.memoryMb().now),
      peakMemoryMb: sum((one) => one.memoryMb().peak),
      counted,
      cutOff: true,
    };
  } finally {
    await Promise.all(senders.map((one) => one.stop('SIGKILL')));
    await rig.deleteTopics(resultsOf(place));
  }
}
