/** The options of `npm run bench`. */
import { parseArgs } from 'node:util';

export interface Options {
  readonly scenario: string;
  readonly events: number;
  readonly rounds: number;
  /** Milliseconds until the sink answers; null: as the scenario has it. */
  readonly sinkMs: number | null;
  readonly processes: number;
  /** How many match each event, for `versions`. */
  readonly webhooks: number;
  /** Other checkouts with a build, for `versions`. */
  readonly others: readonly string[];
}

export function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      scenario: { type: 'string', default: 'compare' },
      events: { type: 'string', default: '100000' },
      rounds: { type: 'string', default: '3' },
      'sink-ms': { type: 'string' },
      processes: { type: 'string', default: '1' },
      webhooks: { type: 'string', default: '1' },
      other: { type: 'string', multiple: true, default: [] },
    },
  });
  const processes = count('processes', values.processes);
  return {
    scenario: processes > 1 ? 'processes' : values.scenario,
    events: count('events', values.events),
    rounds: count('rounds', values.rounds),
    sinkMs: values['sink-ms'] === undefined ? null : Number(values['sink-ms']),
    processes,
    webhooks: count('webhooks', values.webhooks),
    others: values.other,
  };
}

function count(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name} must be a whole number above 0, but is "${text}"`);
}
