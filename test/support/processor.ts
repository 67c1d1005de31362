/** CPU time of a process, to find what spins. Linux only: elsewhere it is not known. */
import { readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

/** Seconds of CPU that the process has used so far; null where it cannot be told. */
export function cpuSeconds(pid: number | undefined): number | null {
  if (process.platform !== 'linux' || pid === undefined) return null;
  // The name of the program, in brackets, may hold anything.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Resident memory of the process in MiB; null where it cannot be told. */
export function residentMiB(pid: number | undefined): number | null {
  if (process.platform !== 'linux' || pid === undefined) return null;
  return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) / 256;
}
