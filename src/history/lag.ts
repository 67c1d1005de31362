/**
 * How far reading is behind writing: of the events topic by partition, and of the history. An answer never asks Kafka. It
 * uses what this process, and the owners of the partitions, heard last. What is not known is null, never 0.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { GroupPlaces } from '../kafka/group-places.ts';
import { RunningProcesses } from '../roles/running-processes.ts';
import type { Lag } from './lag.dto.ts';

const HISTORY = `
  SELECT sum(greatest(end_offset - next_offset, 0)) AS lag, min(checked_at) AS checked_at FROM history_positions`;

@Injectable()
export class LagService {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly places: GroupPlaces,
    private readonly processes: RunningProcesses,
  ) {}

  async read(): Promise<Lag> {
    const [partitions, history] = await Promise.all([this.#partitions(), this.#history()]);
    return { partitions, history };
  }

  async #partitions(): Promise<Lag['partitions']> {
    const { known } = this.places;
    if (known.size === 0) return null;
    const facts = await this.processes.facts();
    const owners = new Map(
      facts.flatMap(({ instance, partitions }) => partitions.map((partition) => [partition, instance])),
    );
    return [...known]
      .sort(([a], [b]) => a - b)
      .map(([partition, { committed, high }]) => ({
        partition,
        end_offset: String(high),
        committed_offset: committed === null ? null : String(committed),
        lag: lagOf(high, committed),
        owner: owners.get(partition) ?? null,
      }));
  }

  async #history(): Promise<Lag['history']> {
    if (!(await this.processes.isRunning('history'))) return null;
    const [row] = await this.dataSource.query<{ lag: string | null; checked_at: Date | null }[]>(HISTORY);
    if (!row?.checked_at) return null;
    return { lag: Number(row.lag), checked_at: row.checked_at.toISOString() };
  }
}

/** If nothing was ever written to a log, nothing needs to be committed. */
function lagOf(end: number, committed: number | null): number | null {
  if (committed === null) return end === 0 ? 0 : null;
  return Math.max(0, end - committed);
}
