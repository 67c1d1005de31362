/**
 * One measurement: a contender is started on a topic that is already full, and watched from outside. Its start and a
 * first part of the deliveries, while its code is still cold, are left out; what is counted ends when all have arrived,
 * or after a time limit, since the slowest contender would take many minutes.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { groupOf, resultsOf, startContender, type Contender, type Place } from './contenders.ts';
import type { Rig } from './rig.ts';
import type { SenderProcess } from './sender-process.ts';

const WATCH_INTERVAL_MS = 20;
/** Cold: the first of these that is reached. */
const COLD = { share: 0.1, deliveries: 5_000, ms: 5_000 };
const START_WITHIN_MS = 60_000;

export interface Job extends Place {
  readonly partitions: number;
  /** How many requests are to arrive. */
  readonly deliveries: number;
  readonly limitMs?: number;
}

export interface Figures {
  readonly deliveriesPerSecond: number;
  readonly cpuSecondsPer10k: number;
  readonly memoryMb: number;
  readonly peakMemoryMb: number;
  /** How many deliveries were counted. */
  readonly counted: number;
  /** Whether the time limit ended it. */
  readonly cutOff: boolean;
  /** What was not as it should be at the end. */
  readonly faults?: string;
}

/** A moment of a process, and the CPU that it had used by then. */
interface Instant {
  readonly at: number;
  readonly cpuSeconds: number;
}

interface Mark extends Instant {
  readonly arrived: number;
}

export async function measure(rig: Rig, contender: Contender, job: Job): Promise<Figures> {
  await rig.sink.statistics('reset');
  await rig.createTopic(resultsOf(job), job.partitions);
  const sender = await startContender(rig, contender, job);
  try {
    const figures = await watch(rig, sender, job);
    await sender.stop(figures.cutOff ? 'SIGKILL' : 'SIGTERM');
    if (figures.cutOff || contender === 'plain-nest') return figures;
    const faults = await faultsOf(rig, job);
    return faults === null ? figures : { ...figures, faults };
  } finally {
    await sender.stop('SIGKILL');
    await rig.deleteTopics(resultsOf(job));
  }
}

export async function watch(rig: Rig, sender: SenderProcess, job: Job): Promise<Figures> {
  const from = await untilWarm(rig, sender, job);
  const to = await untilArrived(rig, sender, from.at + (job.limitMs ?? Infinity), job.deliveries);
  const counted = to.arrived - from.arrived;
  if (counted <= 0)
    throw new Error(
      `all ${job.deliveries} deliveries arrived before counting began: more --events are needed`,
    );
  return { ...figuresOf(sender, from, to, counted), cutOff: to.arrived < job.deliveries };
}

/** What a process did from one moment to another. @param counted how much it got done. */
export function figuresOf(
  process: SenderProcess,
  from: Instant,
  to: Instant,
  counted: number,
): Omit<Figures, 'cutOff'> {
  const { now, peak } = process.memoryMb();
  return {
    deliveriesPerSecond: Math.round((counted * 1_000) / (to.at - from.at)),
    cpuSecondsPer10k: ((to.cpuSeconds - from.cpuSeconds) * 10_000) / counted,
    memoryMb: now,
    peakMemoryMb: peak,
    counted,
  };
}

async function untilWarm(rig: Rig, sender: SenderProcess, { deliveries }: Job): Promise<Mark> {
  const started = performance.now();
  const first = await untilArrived(rig, sender, started + START_WITHIN_MS, 1);
  if (first.arrived === 0) throw new Error('nothing arrived at the sink');
  const cold = Math.min(COLD.deliveries, deliveries * COLD.share);
  return untilArrived(rig, sender, performance.now() + COLD.ms, cold);
}

export async function untilArrived(
  rig: Rig,
  sender: SenderProcess,
  deadline: number,
  count: number,
): Promise<Mark> {
  for (;;) {
    if (sender.ended) throw new Error('the sender has ended');
    const arrived = await rig.sink.arrived();
    const at = performance.now();
    if (arrived >= count || at >= deadline) return { at, arrived, cpuSeconds: sender.cpuSeconds() };
    await pause(WATCH_INTERVAL_MS);
  }
}

/** Whether every delivery is on the results topic, once, and every offset committed. */
async function faultsOf(rig: Rig, job: Job): Promise<string | null> {
  const [records, lag] = await Promise.all([rig.records(resultsOf(job)), rig.lag(job.topic, groupOf(job))]);
  if (records === job.deliveries && lag === 0) return null;
  return `${records} results of ${job.deliveries} deliveries, ${lag} events not committed`;
}
