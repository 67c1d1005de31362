/** Time that the machine did not have for whoever wanted to work, so that promised times can be asserted on a busy one. */
import { readFileSync } from 'node:fs';

/** Milliseconds since the start of the machine in which something waited for a processor; 0 where that is not known. */
function waitedMs(): number {
  try {
    const [, micros = '0'] = /^some .*total=(\d+)$/m.exec(readFileSync('/proc/pressure/cpu', 'utf8')) ?? [];
    return Number(micros) / 1_000;
  } catch {
    return 0;
  }
}

/** @returns how long the work took, without the time in which the machine had more to do than it could. */
export async function unhinderedMs(work: () => Promise<void>): Promise<number> {
  const [from, waitedBefore] = [performance.now(), waitedMs()];
  await work();
  return performance.now() - from - (waitedMs() - waitedBefore);
}
