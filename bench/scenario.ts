/** What a scenario is, and the two things that all need: a full topic, and rounds in turn. */
import type { Contender } from './contenders.ts';
import { writeEvents, type Load } from './load.ts';
import { measure, type Figures, type Job } from './measure.ts';
import type { Options } from './options.ts';
import type { Rig } from './rig.ts';

/** One line of a table: what was measured, and its figures in each round. */
export interface Line {
  readonly name: string;
  readonly figures: readonly Figures[];
  /** Further columns. */
  readonly more?: Readonly<Record<string, string | number>>;
}

/** A figure that issue 5 asks for. */
export interface Target {
  readonly what: string;
  readonly reached: number;
  readonly wanted: string;
  readonly met: boolean;
}

export interface Outcome {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly targets: readonly Target[];
}

export type Scenario = (rig: Rig, options: Options) => Promise<Outcome[]>;

export async function fill(rig: Rig, load: Load, partitions = 8): Promise<void> {
  await rig.createTopic(load.topic, partitions);
  await writeEvents(rig.client, load);
  const records = await rig.records(load.topic);
  if (records !== load.events)
    throw new Error(`${records} records of ${load.events} events in ${load.topic}`);
}

/** One of the things that take turns. */
export interface Turn {
  readonly name: string;
  readonly contender: Contender;
  readonly job: Job;
}

/** Every turn once per round, so that what disturbs the machine disturbs all alike. */
export async function inTurn(rig: Rig, rounds: number, turns: readonly Turn[]): Promise<Line[]> {
  const figures = turns.map((): Figures[] => []);
  for (let round = 1; round <= rounds; round += 1) {
    for (const [index, { name, contender, job }] of turns.entries()) {
      const one = await measure(rig, contender, { ...job, run: `${job.run}-${round}` });
      figures[index]?.push(one);
      console.log(
        `round ${round}: ${name}: ${one.deliveriesPerSecond}/s, ${one.cpuSecondsPer10k.toFixed(2)} s per 10k, ${one.memoryMb} MB ${one.faults ?? ''}`,
      );
    }
  }
  return turns.map(({ name }, index) => ({ name, figures: figures[index] ?? [] }));
}

export function atMost(what: string, reached: number, wanted: number, unit = '×'): Target {
  return { what, reached, wanted: `≤ ${wanted} ${unit}`, met: reached <= wanted };
}

export function atLeast(what: string, reached: number, wanted: number, unit = '×'): Target {
  return { what, reached, wanted: `≥ ${wanted} ${unit}`, met: reached >= wanted };
}
